using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Image;

/// <summary>Makes <c>image.grid</c>: images as numbers or as files become the model's values.</summary>
internal sealed class ImageGridFactory : IPreprocessorFactory
{
    private const int MaxSide = 8_192;

    public string Name => "image.grid";

    public IPreprocessor Create(ComponentContext context)
    {
        var reader = context.Options;
        var layout = reader.Choice("layout", ImageLayout.Nchw, ("nchw", ImageLayout.Nchw), ("nhwc", ImageLayout.Nhwc), ("flat", ImageLayout.Flat));
        var channels = reader.Choice("channels", 1, ("1", 1), ("3", 3));
        var encoded = reader.Choice("source", false, ("numbers", false), ("encoded", true));
        var output = ModelTensor.Find(reader, "output", context.Model.Inputs, "input", ModelTensor.Floats, layout == ImageLayout.Flat ? 2 : 4);
        var options = new ImageOptions(
            ModelTensor.External(reader, "input", "image"),
            encoded,
            reader.Choice("datatype", TensorType.Float32, ("FP32", TensorType.Float32), ("UINT8", TensorType.UInt8)),
            Side(reader, "height"),
            Side(reader, "width"),
            channels,
            layout,
            reader.Choice("resize", false, ("error", false), ("bilinear", true)),
            Scaling(reader, channels, layout == ImageLayout.Nchw),
            output!);
        CheckCombination(reader, options);
        if (output is not null)
            CheckModel(reader, options);
        reader.Finish();
        return new ImageGrid(options with { Output = Shaped(options) });
    }

    private static int Side(OptionReader reader, string key)
    {
        if (!reader.Has(key))
            reader.Error(key, "is missing; give it in pixels.");
        return (int)reader.Integer(key, 1, 1, MaxSide);
    }

    private static PixelScaling Scaling(OptionReader reader, int channels, bool planar)
    {
        var std = PerChannel(reader, "std", 1, channels);
        if (std.Contains(0))
            reader.Error("std", "is 0, and values are divided by it; expected another number.");
        return PixelScaling.Create(reader.Number("scale", 1), PerChannel(reader, "mean", 0, channels), std, planar);
    }

    private static IReadOnlyList<double> PerChannel(OptionReader reader, string key, double fallback, int channels)
    {
        var numbers = reader.Numbers(key) ?? [fallback];
        if (numbers.Count == 1)
            return [.. Enumerable.Repeat(numbers[0], channels)];
        if (numbers.Count == channels)
            return numbers;
        reader.Error(key, $"has {numbers.Count} numbers; expected one, or one for each of {channels} channels.");
        return [.. Enumerable.Repeat(fallback, channels)];
    }

    private static void CheckCombination(OptionReader reader, ImageOptions options)
    {
        if (options.Encoded && reader.Has("datatype"))
            reader.Error("datatype", "is for source: numbers; files say themselves what they hold. Leave it out.");
        if (!options.Encoded && options.Resize)
            reader.Error("resize", "is for source: encoded; numbers come in the shape that the manifest says. Leave it out.");
    }

    private static void CheckModel(OptionReader reader, ImageOptions options)
    {
        var made = Shaped(options);
        if (!made.IsCompatibleWith(options.Output))
            reader.Error("layout", $"makes {made.Describe()} of {options.Height} x {options.Width} pixels with {options.Channels} channels, but the model input '{made.Name}' is {options.Output.Describe()}; check layout, height, width and channels.");
    }

    private static TensorSpec Shaped(ImageOptions options) => options.Output with
    {
        Dimensions = ImageOptions.Dimensions(options.Layout, options.Output.Dimensions[0], options.Height, options.Width, options.Channels),
    };
}
