using System.Collections.Immutable;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Image;

/// <summary>Order of the values that the model is fed.</summary>
internal enum ImageLayout
{
    /// <summary>[rows, channels, height, width].</summary>
    Nchw,

    /// <summary>[rows, height, width, channels].</summary>
    Nhwc,

    /// <summary>[rows, height * width * channels], in the order of <see cref="Nhwc"/>.</summary>
    Flat,
}

/// <summary>The validated options of <c>image.grid</c>. Immutable.</summary>
/// <param name="Input">Name of the external tensor.</param>
/// <param name="Encoded">Images come as PNG or JPEG; else as numbers.</param>
/// <param name="Datatype">Type of the numbers.</param>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="Layout">Order of the values that the model is fed.</param>
/// <param name="Resize">Encoded images of another size are resized; else refused.</param>
/// <param name="Scaling">From pixels to values.</param>
/// <param name="Output">The model's input.</param>
internal sealed record ImageOptions(
    string Input, bool Encoded, TensorType Datatype, int Height, int Width, int Channels, ImageLayout Layout, bool Resize, PixelScaling Scaling, TensorSpec Output)
{
    /// <summary>Values of one image.</summary>
    public int Values => Height * Width * Channels;

    /// <summary>What a client sends.</summary>
    public TensorSpec External
    {
        get
        {
            var rows = Output.Dimensions[0];
            if (Encoded)
                return new TensorSpec(Input, TensorType.Bytes, [rows]);
            return new TensorSpec(Input, Datatype, Channels == 1 ? [rows, Height, Width] : [rows, Height, Width, Channels]);
        }
    }

    /// <summary>Dimensions of a layout.</summary>
    public static ImmutableArray<long> Dimensions(ImageLayout layout, long rows, long height, long width, long channels) => layout switch
    {
        ImageLayout.Nchw => [rows, channels, height, width],
        ImageLayout.Nhwc => [rows, height, width, channels],
        _ => [rows, height * width * channels],
    };
}
