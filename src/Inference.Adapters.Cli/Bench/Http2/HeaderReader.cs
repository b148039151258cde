using System.Globalization;
using System.Text;

namespace Inference.Adapters.Cli.Bench.Http2;

/// <summary>
/// Reads what a load needs from HPACK blocks. The server is told that this client keeps no table, so every block stands for
/// itself; most are the same bytes as one before, and are not decoded again. Used by one thread at a time.
/// </summary>
internal sealed class HeaderReader
{
    private const int StaticEntries = 61, FirstStatus = 8, LastStatus = 14;
    private static readonly int[] Statuses = [200, 204, 206, 304, 400, 404, 500];
    private readonly (byte[] Block, ResponseHead Head)[] _seen = [([], ResponseHead.None), ([], ResponseHead.None)];
    private int _oldest;

    /// <summary>The head that a block holds.</summary>
    /// <exception cref="Http2Exception">The block is broken, or refers to a table.</exception>
    public ResponseHead Read(ReadOnlySpan<byte> block)
    {
        foreach (var (known, head) in _seen)
        {
            if (known.Length > 0 && block.SequenceEqual(known))
                return head;
        }

        var read = Decode(block);
        _seen[_oldest] = (block.ToArray(), read);
        _oldest = 1 - _oldest;
        return read;
    }

    private static ResponseHead Decode(ReadOnlySpan<byte> block)
    {
        var (http, grpc, message) = (0, default(int?), string.Empty);
        while (!block.IsEmpty)
        {
            var first = block[0];
            if (first >= 0x80)
            {
                http = Status(Number(ref block, 7)) ?? http;
                continue;
            }

            if ((first & 0xE0) == 0x20)
            {
                Number(ref block, 5);
                continue;
            }

            var index = Number(ref block, first >= 0x40 ? 6 : 4);
            var isStatus = Status(index) is not null;
            var name = index == 0 ? Text(ref block) : string.Empty;
            var value = Text(ref block);
            if (isStatus || name == ":status")
                http = Parse(value);
            else if (name == "grpc-status")
                grpc = Parse(value);
            else if (name == "grpc-message")
                message = Uri.UnescapeDataString(value);
        }

        return new ResponseHead(http, grpc, message);
    }

    private static int? Status(int index) => index switch
    {
        >= FirstStatus and <= LastStatus => Statuses[index - FirstStatus],
        > StaticEntries => throw new Http2Exception("the server's headers refer to a table that this client has told it not to use"),
        _ => null,
    };

    private static int Parse(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new Http2Exception("a status in the server's headers is no number");

    private static string Text(ref ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
            throw Broken();
        var isCoded = block[0] >= 0x80;
        var length = Number(ref block, 7);
        if (length > block.Length)
            throw Broken();
        var bytes = block[..length];
        block = block[length..];
        return isCoded ? Huffman.Decode(bytes) : Encoding.Latin1.GetString(bytes);
    }

    private static int Number(ref ReadOnlySpan<byte> block, int bits)
    {
        var most = (1 << bits) - 1;
        var value = block[0] & most;
        block = block[1..];
        if (value < most)
            return value;
        for (var shift = 0; shift <= 21 && !block.IsEmpty; shift += 7)
        {
            var next = block[0];
            block = block[1..];
            value += (next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw Broken();
    }

    private static Http2Exception Broken() => new("the server's headers end in the middle, or hold a number that is too large");
}
