using System.Globalization;
using Inference.Adapters.Cli.Bench.Payload;
using Inference.Domain;

namespace Inference.Adapters.Cli.Bench.Text;

/// <summary>Reads options that say something of one input: NAME:VALUE. A name may hold colons, a value of these does not.</summary>
internal static class InputText
{
    /// <summary>Shapes, such as image:1,3,224,224.</summary>
    /// <exception cref="UsageException">One is none.</exception>
    public static Dictionary<string, long[]> Shapes(string[] arguments)
    {
        var shapes = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach (var argument in arguments)
        {
            var colon = argument.LastIndexOf(':');
            long[] dimensions = colon > 0 ? [.. argument[(colon + 1)..].Split(',', 'x').Select(d => long.TryParse(d, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : -1)] : [-1];
            if (dimensions.Contains(-1))
                throw new UsageException($"--shape {ErrorText.Quote(argument)} must be NAME:SIZE,SIZE,..., such as --shape image:1,3,224,224.");
            if (!shapes.TryAdd(argument[..colon], dimensions))
                throw new UsageException($"--shape gives input {ErrorText.Quote(argument[..colon])} twice; give it once.");
        }

        return shapes;
    }

    /// <summary>Ranges, such as tokens:0:30000.</summary>
    /// <exception cref="UsageException">One is none.</exception>
    public static Dictionary<string, NumberRange> Ranges(string[] arguments)
    {
        var ranges = new Dictionary<string, NumberRange>(StringComparer.Ordinal);
        foreach (var argument in arguments)
        {
            var parts = argument.Split(':');
            var most = 0d;
            if (parts.Length < 3 || !TryNumber(parts[^2], out var least) || !TryNumber(parts[^1], out most) || least > most)
                throw new UsageException($"--range {ErrorText.Quote(argument)} must be NAME:LEAST:MOST, such as --range tokens:0:30000.");
            var name = string.Join(':', parts[..^2]);
            if (!ranges.TryAdd(name, new NumberRange(least, most)))
                throw new UsageException($"--range gives input {ErrorText.Quote(name)} twice; give it once.");
        }

        return ranges;
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
