using System.Text;
using Inference.Domain;

namespace Inference.Adapters.Grpc.Errors;

/// <summary>
/// Keeps the text of a status short enough for its trailer. The trailer is percent-encoded, so that one character may take
/// twelve bytes, and clients refuse trailers of more than about 8 KiB altogether.
/// </summary>
internal static class StatusText
{
    /// <summary>Most bytes that a text takes as a trailer.</summary>
    public const int MaxEncodedBytes = 4096;

    private const string Cut = "…";
    private const int BytesOfEscape = 3;

    /// <summary>The text on one line, cut to the limits of the domain and of the trailer.</summary>
    public static string Bound(string message)
    {
        var text = ErrorText.Bound(message);
        return EncodedLength(text) <= MaxEncodedBytes ? text : string.Concat(text.AsSpan(0, Fitting(text)), Cut);
    }

    /// <summary>Bytes that the text takes as a trailer.</summary>
    public static int EncodedLength(string text)
    {
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
            length += EncodedLength(rune);
        return length;
    }

    /// <summary>The text as it stands in the trailer.</summary>
    public static string Encode(string text)
    {
        var length = EncodedLength(text);
        if (length == text.Length)
            return text;
        var encoded = new StringBuilder(length);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (EncodedLength(rune) == 1)
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            foreach (var value in bytes[..rune.EncodeToUtf8(bytes)])
                encoded.Append('%').Append(Convert.ToHexString([value]));
        }

        return encoded.ToString();
    }

    private static int Fitting(string text)
    {
        var left = MaxEncodedBytes - EncodedLength(Cut);
        var characters = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            left -= EncodedLength(rune);
            if (left < 0)
                break;
            characters += rune.Utf16SequenceLength;
        }

        return characters;
    }

    private static int EncodedLength(Rune rune) =>
        rune.Value is >= ' ' and <= '~' and not '%' ? 1 : rune.Utf8SequenceLength * BytesOfEscape;
}
