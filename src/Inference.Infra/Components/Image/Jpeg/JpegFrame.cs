using System.Buffers.Binary;

namespace Inference.Infra.Components.Image.Jpeg;

/// <summary>The frame header: size and components.</summary>
internal sealed class JpegFrame
{
    private JpegFrame(int height, int width, bool progressive, JpegComponent[] components)
    {
        Height = height;
        Width = width;
        Progressive = progressive;
        Components = components;
        MaxHorizontal = components.Max(c => c.Horizontal);
        MaxVertical = components.Max(c => c.Vertical);
    }

    /// <summary>Rows of pixels, at least 1.</summary>
    public int Height { get; }

    /// <summary>Pixels of a row, at least 1.</summary>
    public int Width { get; }

    /// <summary>Scans refine the image step by step; else each gives its components in full.</summary>
    public bool Progressive { get; }

    /// <summary>One or three.</summary>
    public JpegComponent[] Components { get; }

    /// <summary>Largest horizontal sampling.</summary>
    public int MaxHorizontal { get; }

    /// <summary>Largest vertical sampling.</summary>
    public int MaxVertical { get; }

    /// <summary>Units of a row in an interleaved scan.</summary>
    public int UnitColumns => (Width + (8 * MaxHorizontal) - 1) / (8 * MaxHorizontal);

    /// <summary>Rows of units in an interleaved scan.</summary>
    public int UnitRows => (Height + (8 * MaxVertical) - 1) / (8 * MaxVertical);

    /// <summary>Reads the segment; nothing is allocated for the image yet.</summary>
    /// <exception cref="InvalidDataException">It is damaged or not supported.</exception>
    public static JpegFrame Read(ReadOnlySpan<byte> segment, bool progressive)
    {
        if (segment.Length < 6 || segment.Length != 6 + (3 * segment[5]))
            throw new InvalidDataException("the frame header has a wrong length");
        if (segment[0] != 8)
            throw new InvalidDataException($"{segment[0]} bits a sample are not supported; use 8");
        var height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        var width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        if (height == 0 || width == 0)
            throw new InvalidDataException("the frame header has no valid size");
        if (segment[5] is not (1 or 3))
            throw new InvalidDataException($"{segment[5]} colour components are not supported; use grey or red, green and blue");
        var components = new JpegComponent[segment[5]];
        for (var i = 0; i < components.Length; i++)
            components[i] = Component(segment.Slice(6 + (3 * i), 3), single: components.Length == 1);
        if (components.DistinctBy(c => c.Id).Count() != components.Length)
            throw new InvalidDataException("two colour components have the same name");
        return new JpegFrame(height, width, progressive, components);
    }

    /// <summary>Makes room for the coefficients.</summary>
    public void Allocate()
    {
        foreach (var component in Components)
            component.Allocate(Height, Width, MaxVertical, MaxHorizontal);
    }

    private static JpegComponent Component(ReadOnlySpan<byte> entry, bool single)
    {
        var (horizontal, vertical) = (entry[1] >> 4, entry[1] & 15);
        if (horizontal is < 1 or > 4 || vertical is < 1 or > 4 || entry[2] > 3)
            throw new InvalidDataException("the frame header has a sampling or a table that does not exist");

        // A lone component is never interleaved, so its sampling has no meaning.
        return single ? new JpegComponent(entry[0], 1, 1, entry[2]) : new JpegComponent(entry[0], horizontal, vertical, entry[2]);
    }
}
