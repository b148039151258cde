using System.Buffers.Binary;

namespace Inference.Infra.Components.Image.Jpeg;

/// <summary>Tables that segments of a JPEG file set for the scans after them.</summary>
internal sealed class JpegTables
{
    /// <summary>Natural position of each coefficient in the order of the file.</summary>
    public static ReadOnlySpan<byte> ZigZag =>
    [
        0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
        35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
    ];

    private readonly ushort[]?[] _quantization = new ushort[4][];
    private readonly JpegHuffman?[] _huffman = new JpegHuffman[8];

    /// <summary>Units between restart markers; 0 for none.</summary>
    public int RestartInterval { get; private set; }

    /// <summary>Factors of a quantization table, in natural order.</summary>
    public ReadOnlySpan<ushort> Quantization(int number) =>
        _quantization[number] ?? throw new InvalidDataException($"quantization table {number} is missing");

    /// <summary>The DC table of that number.</summary>
    public JpegHuffman Dc(int number) => _huffman[number] ?? throw new InvalidDataException($"Huffman table DC {number} is missing");

    /// <summary>The AC table of that number.</summary>
    public JpegHuffman Ac(int number) => _huffman[4 + number] ?? throw new InvalidDataException($"Huffman table AC {number} is missing");

    /// <summary>Reads a segment that defines quantization tables.</summary>
    public void ReadQuantization(ReadOnlySpan<byte> segment)
    {
        while (!segment.IsEmpty)
        {
            var (wide, number) = (segment[0] >> 4, segment[0] & 15);
            if (wide > 1 || number > 3)
                throw new InvalidDataException("a quantization table has a number or precision that does not exist");
            var size = wide + 1;
            var values = Take(ref segment, 1 + (64 * size))[1..];
            var table = new ushort[64];
            for (var i = 0; i < 64; i++)
                table[ZigZag[i]] = size == 1 ? values[i] : BinaryPrimitives.ReadUInt16BigEndian(values[(2 * i)..]);
            _quantization[number] = table;
        }
    }

    /// <summary>Reads a segment that defines Huffman tables.</summary>
    public void ReadHuffman(ReadOnlySpan<byte> segment)
    {
        while (!segment.IsEmpty)
        {
            var (kind, number) = (segment[0] >> 4, segment[0] & 15);
            if (kind > 1 || number > 3)
                throw new InvalidDataException("a Huffman table has a kind or number that does not exist");
            var counts = Take(ref segment, 17)[1..];
            var symbols = 0;
            foreach (var count in counts)
                symbols += count;
            _huffman[(4 * kind) + number] = new JpegHuffman(counts, Take(ref segment, symbols));
        }
    }

    /// <summary>Reads a segment that sets the restart interval.</summary>
    public void ReadRestartInterval(ReadOnlySpan<byte> segment) => RestartInterval = BinaryPrimitives.ReadUInt16BigEndian(Take(ref segment, 2));

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> segment, int length)
    {
        if (length > segment.Length)
            throw new InvalidDataException("a table is cut off");
        var taken = segment[..length];
        segment = segment[length..];
        return taken;
    }
}
