using Inference.Domain;
using SkiaSharp;

namespace Inference.Infra.Components.Image;

/// <summary>
/// Decodes PNG and JPEG files from clients. The size is read and limited before room for pixels is made. Samples are taken
/// as they are stored: a transparent pixel keeps its colour and loses its transparency, of 16-bit PNGs the upper 8 bits are
/// taken, colour profiles, gamma and a camera's note of orientation are not followed. Colour becomes grey and grey colour
/// as the channels ask for. A file that is cut off or whose decoder reports damage is refused; JPEG holds no checksums, so
/// damage that still reads as pixels goes unnoticed.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>Largest image, in pixels.</summary>
    public const int MaxPixels = 1 << 24;

    /// <summary>The image in the channels that the options ask for.</summary>
    /// <exception cref="InferenceException">InvalidArgument, naming the row and what is wrong.</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> file, ImageOptions options, int row)
    {
        // Checked before the library sees the file: it would try every format it knows on anything else.
        var isPng = ImageFile.IsPng(file);
        if (!isPng && !ImageFile.IsJpeg(file))
            throw Refuse(options, row, file.IsEmpty ? "is empty; send a PNG or JPEG file" : "is neither a PNG nor a JPEG file");
        var format = isPng ? SKEncodedImageFormat.Png : SKEncodedImageFormat.Jpeg;
        if (!(isPng ? ImageFile.PngHasEnd(file) : ImageFile.JpegHasEnd(file)))
            throw Undecodable(options, row, format, "it is cut off, or its segments are damaged");
        using var data = SKData.CreateCopy(file);
        using var codec = Open(data);
        if (codec?.EncodedFormat != format)
            throw Undecodable(options, row, format, "its header is damaged or of a kind that is not supported");
        CheckSize(codec.Info.Height, codec.Info.Width, options, row);
        var result = Pixels(codec, out var image);
        if (result != SKCodecResult.Success)
            throw Undecodable(options, row, format, $"its pixels are incomplete or damaged ({result})");
        return image.To(options.Channels);
    }

    // Null where the header makes no sense; the library's annotations do not say so.
    private static SKCodec? Open(SKData file) => SKCodec.Create(file);

    // No colour space in the wanted format means no conversion, and unpremultiplied means that alpha does not darken.
    private static SKCodecResult Pixels(SKCodec codec, out DecodedImage image)
    {
        var (height, width) = (codec.Info.Height, codec.Info.Width);
        var isGrey = codec.Info.ColorType == SKColorType.Gray8;
        var wanted = isGrey
            ? new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque)
            : new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        using var bitmap = new SKBitmap(wanted, wanted.RowBytes);
        var result = codec.GetPixels(wanted, bitmap.GetPixels());
        var pixels = bitmap.GetPixelSpan();
        image = new DecodedImage(height, width, isGrey ? 1 : 3, result != SKCodecResult.Success ? [] : isGrey ? pixels.ToArray() : WithoutAlpha(pixels));
        return result;
    }

    private static byte[] WithoutAlpha(ReadOnlySpan<byte> pixels)
    {
        var colours = new byte[pixels.Length / 4 * 3];
        for (int from = 0, to = 0; to < colours.Length; from += 4, to += 3)
            pixels.Slice(from, 3).CopyTo(colours.AsSpan(to));
        return colours;
    }

    private static void CheckSize(int height, int width, ImageOptions options, int row)
    {
        if (!options.Resize && (width != options.Width || height != options.Height))
            throw Refuse(options, row, $"has {height} x {width} pixels (height x width), expected {options.Height} x {options.Width}; resize it, or set 'resize: bilinear' in the manifest");
        if ((long)width * height > MaxPixels)
            throw Refuse(options, row, $"has {height} x {width} pixels (height x width); at most {MaxPixels} pixels are accepted, so send a smaller one");
    }

    private static InferenceException Undecodable(ImageOptions options, int row, SKEncodedImageFormat format, string why) =>
        Refuse(options, row, $"cannot be decoded as {(format == SKEncodedImageFormat.Png ? "PNG" : "JPEG")}: {why}; send a whole PNG or JPEG file");

    private static InferenceException Refuse(ImageOptions options, int row, string why) =>
        InferenceException.InvalidArgument($"input {ErrorText.Quote(options.Input)} row {row} (from 0) {why}.");
}
