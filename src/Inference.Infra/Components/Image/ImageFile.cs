using System.Buffers.Binary;

namespace Inference.Infra.Components.Image;

/// <summary>
/// Tells from the outside whether a file is an image and whole. The decoder takes what arrived of a progressive JPEG or of
/// a PNG for all of it, so that a broken upload would give a blurred image and no error.
/// </summary>
internal static class ImageFile
{
    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The file begins as every PNG does.</summary>
    public static bool IsPng(ReadOnlySpan<byte> file) => file.StartsWith(PngSignature);

    /// <summary>The file begins as every JPEG does.</summary>
    public static bool IsJpeg(ReadOnlySpan<byte> file) => file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]);

    /// <summary>The chunks follow one another up to the end chunk. Bytes behind it are of no matter.</summary>
    public static bool PngHasEnd(ReadOnlySpan<byte> file)
    {
        for (var rest = file[PngSignature.Length..]; rest.Length >= 12;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
                return false;
            if (rest.Slice(4, 4).SequenceEqual("IEND"u8))
                return true;
            rest = rest[(12 + (int)length)..];
        }

        return false;
    }

    /// <summary>The segments follow one another up to the end marker. Bytes behind it are of no matter.</summary>
    public static bool JpegHasEnd(ReadOnlySpan<byte> file)
    {
        for (var at = 2; at + 1 < file.Length;)
        {
            // Pixels lie between segments, where 0xFF is followed by 0x00 or a restart marker.
            if (file[at++] != 0xFF || file[at] is 0x00 or 0x01 or 0xFF or (>= 0xD0 and <= 0xD8))
                continue;
            if (file[at++] == 0xD9)
                return true;
            if (at + 2 > file.Length)
                return false;
            at += BinaryPrimitives.ReadUInt16BigEndian(file[at..]);
        }

        return false;
    }
}
