using System.Text;

namespace Inference.Adapters.Cli.Bench.Http2;

/// <summary>
/// The headers of a gRPC call as HPACK has them. They are the same for every call of a load, so they are encoded once and
/// refer to nothing that a connection would have to remember.
/// </summary>
internal static class HeaderBlock
{
    // Indices of the static table of RFC 7541.
    private const byte MethodPost = 0x83, SchemeHttp = 0x86, SchemeHttps = 0x87;
    private const int Authority = 1, Path = 4, ContentType = 31, UserAgent = 58;
    private const int NameBits = 4, LengthBits = 7;

    /// <summary>The block of one method.</summary>
    /// <param name="server">Address of the server.</param>
    /// <param name="path">Path of the method.</param>
    /// <param name="deadline">Told to the server, where there is one.</param>
    public static byte[] Of(Uri server, string path, TimeSpan? deadline)
    {
        List<byte> block = [MethodPost, server.Scheme == Uri.UriSchemeHttps ? SchemeHttps : SchemeHttp];
        Add(block, Path, path);
        Add(block, Authority, server.Authority);
        Add(block, "te", "trailers");
        Add(block, ContentType, "application/grpc");
        Add(block, UserAgent, "inference-bench");
        Add(block, "grpc-accept-encoding", "identity");
        if (deadline is { } time)
            Add(block, "grpc-timeout", Timeout(time));
        return [.. block];
    }

    // At most eight digits and a unit.
    private static string Timeout(TimeSpan time) => FormattableString.Invariant(
        time < TimeSpan.FromSeconds(99) ? $"{Math.Max(1, (long)time.TotalMicroseconds)}u" : (FormattableString)$"{(long)Math.Ceiling(time.TotalSeconds)}S");

    private static void Add(List<byte> block, int name, string value)
    {
        AddNumber(block, name, NameBits);
        AddText(block, value);
    }

    private static void Add(List<byte> block, string name, string value)
    {
        AddNumber(block, 0, NameBits);
        AddText(block, name);
        AddText(block, value);
    }

    private static void AddText(List<byte> block, string text)
    {
        AddNumber(block, text.Length, LengthBits);
        block.AddRange(Encoding.ASCII.GetBytes(text));
    }

    private static void AddNumber(List<byte> block, int value, int bits)
    {
        var most = (1 << bits) - 1;
        if (value < most)
        {
            block.Add((byte)value);
            return;
        }

        block.Add((byte)most);
        for (value -= most; value >= 0x80; value >>= 7)
            block.Add((byte)(value | 0x80));
        block.Add((byte)value);
    }
}
