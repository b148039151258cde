using Inference.Domain;
using Inference.Infra.Components.Image.Jpeg;
using Inference.Infra.Components.Image.Png;

namespace Inference.Infra.Components.Image;

/// <summary>
/// Decodes PNG and JPEG files from clients. The size is read and limited before anything is decoded. Transparency is
/// dropped, of 16-bit PNGs the upper 8 bits are taken, colour becomes grey and grey colour as the channels ask for, and a
/// camera's note of orientation is not followed.
/// </summary>
internal static class ImageDecoder
{
    /// <summary>Largest image, in pixels.</summary>
    public const int MaxPixels = 1 << 24;

    /// <summary>The image in the channels that the options ask for.</summary>
    /// <exception cref="InferenceException">InvalidArgument, naming the row and what is wrong.</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> file, ImageOptions options, int row)
    {
        var isPng = file.StartsWith(PngDecoder.Signature);
        if (!isPng && !file.StartsWith(JpegDecoder.Signature))
            throw Refuse(options, row, file.IsEmpty ? "is empty; send a PNG or JPEG file" : "is neither a PNG nor a JPEG file");
        try
        {
            void Accept(int height, int width) => CheckSize(height, width, options, row);
            var content = file.ToArray();
            var image = isPng ? PngDecoder.Decode(content, Accept) : JpegDecoder.Decode(content, Accept);
            return image.To(options.Channels);
        }
        catch (InvalidDataException e)
        {
            throw Refuse(options, row, $"cannot be decoded as {(isPng ? "PNG" : "JPEG")}: {e.Message}");
        }
    }

    private static void CheckSize(int height, int width, ImageOptions options, int row)
    {
        if (!options.Resize && (width != options.Width || height != options.Height))
            throw Refuse(options, row, $"has {height} x {width} pixels (height x width), expected {options.Height} x {options.Width}; resize it, or set 'resize: bilinear' in the manifest");
        if ((long)width * height > MaxPixels)
            throw Refuse(options, row, $"has {height} x {width} pixels (height x width); at most {MaxPixels} pixels are accepted, so send a smaller one");
    }

    private static InferenceException Refuse(ImageOptions options, int row, string why) =>
        InferenceException.InvalidArgument($"input {ErrorText.Quote(options.Input)} row {row} (from 0) {why}.");
}
