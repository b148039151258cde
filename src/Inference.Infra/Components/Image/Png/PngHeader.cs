using System.Buffers.Binary;

namespace Inference.Infra.Components.Image.Png;

/// <summary>The header chunk of a PNG file, checked.</summary>
/// <param name="Width">Pixels of a row, at least 1.</param>
/// <param name="Height">Rows, at least 1.</param>
/// <param name="Depth">Bits of a sample: 1, 2, 4, 8 or 16.</param>
/// <param name="Kind">What a pixel is made of.</param>
/// <param name="Interlaced">Pixels come in seven passes.</param>
internal readonly record struct PngHeader(int Width, int Height, int Depth, PngColour Kind, bool Interlaced)
{
    /// <summary>Bytes of the chunk.</summary>
    public const int Length = 13;

    /// <summary>Samples of a pixel as stored.</summary>
    public int Samples => Kind switch
    {
        PngColour.Rgb => 3,
        PngColour.GreyAlpha => 2,
        PngColour.Rgba => 4,
        _ => 1,
    };

    /// <summary>Channels of the decoded image: transparency is dropped.</summary>
    public int Channels => Kind is PngColour.Grey or PngColour.GreyAlpha ? 1 : 3;

    /// <summary>Bytes from a byte to the same byte of the pixel before, at least 1.</summary>
    public int PixelStride => Math.Max(1, Samples * Depth / 8);

    /// <summary>Bytes of a row of so many pixels, without its filter byte.</summary>
    public int RowBytes(int pixels) => (int)((((long)pixels * Samples * Depth) + 7) / 8);

    /// <summary>Reads the chunk's content.</summary>
    /// <exception cref="InvalidDataException">It is not what the format allows.</exception>
    public static PngHeader Read(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length != Length)
            throw new InvalidDataException($"the header has {chunk.Length} bytes instead of {Length}");
        var width = BinaryPrimitives.ReadInt32BigEndian(chunk);
        var height = BinaryPrimitives.ReadInt32BigEndian(chunk[4..]);
        var (depth, kind) = (chunk[8], (PngColour)chunk[9]);
        if (width < 1 || height < 1)
            throw new InvalidDataException("the header has no valid size");
        if (!IsAllowed(kind, depth))
            throw new InvalidDataException($"colour type {(int)kind} with {depth} bits does not exist");
        if (chunk[10] != 0 || chunk[11] != 0 || chunk[12] > 1)
            throw new InvalidDataException("the compression, filter or interlace method does not exist");
        return new PngHeader(width, height, depth, kind, chunk[12] == 1);
    }

    private static bool IsAllowed(PngColour kind, int depth) => kind switch
    {
        PngColour.Grey => depth is 1 or 2 or 4 or 8 or 16,
        PngColour.Palette => depth is 1 or 2 or 4 or 8,
        PngColour.Rgb or PngColour.GreyAlpha or PngColour.Rgba => depth is 8 or 16,
        _ => false,
    };
}

/// <summary>Colour types by their number in the format.</summary>
internal enum PngColour : byte
{
    /// <summary>One sample.</summary>
    Grey = 0,

    /// <summary>Red, green, blue.</summary>
    Rgb = 2,

    /// <summary>An index into the palette.</summary>
    Palette = 3,

    /// <summary>One sample and transparency.</summary>
    GreyAlpha = 4,

    /// <summary>Red, green, blue and transparency.</summary>
    Rgba = 6,
}
