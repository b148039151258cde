namespace Inference.Infra.Components.Image.Jpeg;

/// <summary>One Huffman table of a JPEG file. Immutable.</summary>
internal sealed class JpegHuffman
{
    private const int LongestCode = 16;
    private const int QuickBits = 9;

    // Length and symbol of every code of up to nine bits, by the next nine bits of the file; length 0 where it is longer.
    private readonly (byte Length, byte Symbol)[] _quick = new (byte, byte)[1 << QuickBits];

    // For each length one more than the last code, shifted left to 16 bits, and what leads from a code to its symbol.
    private readonly int[] _end = new int[LongestCode + 1];
    private readonly int[] _toSymbol = new int[LongestCode + 1];
    private readonly byte[] _symbols;

    /// <summary>Builds a table.</summary>
    /// <param name="counts">Number of codes of each length from 1 to 16.</param>
    /// <param name="symbols">Their symbols, shortest code first.</param>
    /// <exception cref="InvalidDataException">There are more codes than fit.</exception>
    public JpegHuffman(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        _symbols = symbols.ToArray();
        var (code, next) = (0, 0);
        for (var length = 1; length <= LongestCode; length++)
        {
            _toSymbol[length] = next - code;
            for (var i = 0; i < counts[length - 1]; i++, code++, next++)
            {
                if (code >= 1 << length)
                    throw new InvalidDataException("a Huffman table has too many codes");
                if (length <= QuickBits)
                    _quick.AsSpan(code << (QuickBits - length), 1 << (QuickBits - length)).Fill(((byte)length, _symbols[next]));
            }

            _end[length] = code << (LongestCode - length);
            code <<= 1;
        }
    }

    /// <summary>The next symbol.</summary>
    /// <exception cref="InvalidDataException">No code matches, or the data end.</exception>
    public int Decode(ref JpegBits bits)
    {
        var ahead = bits.Peek16();
        var (length, symbol) = _quick[ahead >> (LongestCode - QuickBits)];
        if (length > 0)
        {
            bits.Skip(length);
            return symbol;
        }

        for (var longer = QuickBits + 1; longer <= LongestCode; longer++)
        {
            if (ahead >= _end[longer])
                continue;
            bits.Skip(longer);
            return _symbols[(ahead >> (LongestCode - longer)) + _toSymbol[longer]];
        }

        throw new InvalidDataException("a Huffman code does not exist");
    }
}
