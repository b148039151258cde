using System.Buffers;
using System.Text;

namespace Inference.Adapters.Grpc.Infer.Wire;

/// <summary>Strings from the wire. Names that come again and again, as those of models and tensors do, are made once.</summary>
internal static class WireText
{
    private const int LongestOnStack = 256;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A string that hardly comes twice, such as an id.</summary>
    public static string ReadText(this ref WireReader reader) => Read(ref reader, names: false);

    /// <summary>A string that comes with every request.</summary>
    public static string ReadName(this ref WireReader reader) => Read(ref reader, names: true);

    private static string Read(ref WireReader reader, bool names)
    {
        var length = reader.ReadLength();
        if (length == 0)
            return string.Empty;
        var here = reader.NextRun(length);
        if (here.Length == length)
            return Decode(here, names);
        byte[]? rented = null;
        var bytes = length <= LongestOnStack ? stackalloc byte[LongestOnStack] : rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            here.CopyTo(bytes);
            reader.Read(bytes[here.Length..length]);
            return Decode(bytes[..length], names);
        }
        finally
        {
            if (rented is not null)
                ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static string Decode(ReadOnlySpan<byte> bytes, bool names)
    {
        if (names && NameCache.Shared.TryGet(bytes, out var known))
            return known;
        try
        {
            var text = Strict.GetString(bytes);
            if (names)
                NameCache.Shared.Add(bytes, text);
            return text;
        }
        catch (DecoderFallbackException)
        {
            throw WireReader.Malformed();
        }
    }
}
