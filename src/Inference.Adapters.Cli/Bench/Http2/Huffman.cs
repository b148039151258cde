using System.Text;

namespace Inference.Adapters.Cli.Bench.Http2;

/// <summary>The Huffman code of HPACK (RFC 7541, appendix B). It is canonical, so the lengths of its codes say all.</summary>
internal static class Huffman
{
    private const int Longest = 30, EndOfText = 256, MostPadding = 7;

    // Bits of each byte's code, and of the end's.
    private static readonly byte[] Lengths =
    [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ];

    // For each length: the first code, and where its symbols begin among all in the order of their codes.
    private static readonly int[] FirstCode = new int[Longest + 1];
    private static readonly int[] FirstSymbol = new int[Longest + 2];
    private static readonly int[] Symbols = Order();

    /// <summary>The text.</summary>
    /// <exception cref="Http2Exception">It is not of this code.</exception>
    public static string Decode(ReadOnlySpan<byte> coded)
    {
        var text = new StringBuilder(coded.Length * 2);
        var (code, length) = (0, 0);
        foreach (var part in coded)
        {
            for (var bit = 7; bit >= 0; bit--)
            {
                code = (code << 1) | ((part >> bit) & 1);
                if (++length > Longest)
                    throw Broken();
                var place = code - FirstCode[length];
                if (place < 0 || place >= FirstSymbol[length + 1] - FirstSymbol[length])
                    continue;
                var symbol = Symbols[FirstSymbol[length] + place];
                text.Append(symbol == EndOfText ? throw Broken() : (char)symbol);
                (code, length) = (0, 0);
            }
        }

        // What is left is padding: the first bits of the end's code, which are all ones.
        return length <= MostPadding && code == (1 << length) - 1 ? text.ToString() : throw Broken();
    }

    private static int[] Order()
    {
        var symbols = Enumerable.Range(0, Lengths.Length).OrderBy(s => Lengths[s]).ThenBy(s => s).ToArray();
        for (var length = 1; length <= Longest; length++)
        {
            var before = Lengths.Count(l => l == length - 1 && l > 0);
            FirstCode[length] = (FirstCode[length - 1] + before) << 1;
            FirstSymbol[length] = FirstSymbol[length - 1] + before;
        }

        FirstSymbol[Longest + 1] = symbols.Length;
        return symbols;
    }

    private static Http2Exception Broken() => new("the server's headers hold text that is not of HPACK's code");
}
