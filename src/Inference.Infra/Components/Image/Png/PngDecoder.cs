using System.IO.Compression;

namespace Inference.Infra.Components.Image.Png;

/// <summary>
/// Decodes PNG files of every colour type, depth and interlacing. Inflates no more than the image's size needs, so that a
/// small file cannot take much memory, and uses no unsafe code.
/// </summary>
internal static class PngDecoder
{
    // First column and row, and steps between columns and rows, of the seven passes of interlacing.
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>First bytes of every PNG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The pixels, with 8 bits a channel and without transparency.</summary>
    /// <param name="file">Begins with <see cref="Signature"/>.</param>
    /// <param name="accept">Is shown height and width before anything is decoded, and throws where the image is not wanted.</param>
    /// <exception cref="InvalidDataException">The file is damaged or cut off.</exception>
    public static DecodedImage Decode(ReadOnlyMemory<byte> file, Action<int, int> accept)
    {
        var chunks = PngChunks.Read(file, h => accept(h.Height, h.Width));
        var header = chunks.Header;
        var image = new DecodedImage(header.Height, header.Width, header.Channels, new byte[header.Height * header.Width * header.Channels]);
        try
        {
            using var data = new ZLibStream(new PngStream(chunks.Data), CompressionMode.Decompress);
            foreach (var pass in header.Interlaced ? Passes : [(0, 0, 1, 1)])
                ReadPass(data, chunks, image, pass);

            // Reading to the end makes the decompressor compare its checksum.
            return data.ReadByte() < 0 ? image : throw new InvalidDataException("there are more pixels than the size needs");
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("there are fewer pixels than the size needs", e);
        }
        catch (IOException e)
        {
            throw new InvalidDataException("the compressed pixels are damaged", e);
        }
    }

    private static void ReadPass(Stream data, PngChunks chunks, DecodedImage image, (int X, int Y, int StepX, int StepY) pass)
    {
        var header = chunks.Header;
        var columns = (image.Width - pass.X + pass.StepX - 1) / pass.StepX;
        if (columns <= 0)
            return;
        var length = header.RowBytes(columns);
        var (row, previous) = (new byte[length], new byte[length]);
        for (var y = pass.Y; y < image.Height; y += pass.StepY)
        {
            var filter = data.ReadByte();
            data.ReadExactly(row);
            PngFilter.Undo(filter, row, previous, header.PixelStride);
            PngSamples.Write(row, chunks, image.Pixels.AsSpan(((y * image.Width) + pass.X) * image.Channels), columns, pass.StepX);
            (row, previous) = (previous, row);
        }
    }
}
