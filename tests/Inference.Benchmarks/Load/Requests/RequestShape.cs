namespace Inference.Benchmarks.Load.Requests;

/// <summary>What every request of a load looks like: FP32 [Rows, Width] for one version of one model.</summary>
internal sealed record RequestShape(string Model, string Version, string Input, int Rows, int Width)
{
    private static readonly Dictionary<string, int> Widths = new() { ["small"] = 32, ["wide"] = 512, ["slow"] = 512 };

    /// <summary>Bytes of one request's numbers.</summary>
    public long Bytes => (long)Rows * Width * sizeof(float);

    /// <summary>The options --model, --version, --input, --rows and --width; names end with a suffix where a load has two models.</summary>
    public static RequestShape From(Arguments arguments, string model = "small", string suffix = "")
    {
        var name = arguments.Text($"--model{suffix}", model);
        var known = Widths.GetValueOrDefault(name);
        var width = arguments.Integer($"--width{suffix}", known, 0, 100_000_000);
        if (width == 0)
            throw new LoadException($"Option --width{suffix} is required: how many FP32 values a row of '{name}' has is not known.");
        var shape = new RequestShape(
            name, arguments.Text($"--version{suffix}", "1"), arguments.Text($"--input{suffix}", "x"),
            arguments.Integer($"--rows{suffix}", 1, 1, 65_536), width);
        if (shape.Bytes > int.MaxValue / 2)
            throw new LoadException($"A request of {shape.Rows} rows has {shape.Bytes} bytes; at most {int.MaxValue / 2} fit. Lower --rows{suffix}.");
        return shape;
    }
}
