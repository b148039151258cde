using System.Buffers.Text;

namespace Inference.Benchmarks.Load.Client;

/// <summary>
/// Finds the id in a ModelStreamInferResponse without building the message, since a client of 100,000 answers would spend
/// its time there.
/// </summary>
internal static class StreamAnswerScan
{
    private const int ErrorMessage = 1, InferResponse = 2, Id = 3;

    /// <summary>The number that is the id, or -1 where there is none; whether the message holds an error.</summary>
    public static (int Id, bool IsError) Read(ReadOnlySpan<byte> message)
    {
        var id = -1;
        var isError = false;
        while (TryRead(ref message, out var field, out var content))
        {
            if (field == ErrorMessage)
                isError |= content.Length > 0;
            else if (field == InferResponse)
                id = IdOf(content);
        }

        return (id, isError);
    }

    private static int IdOf(ReadOnlySpan<byte> response)
    {
        while (TryRead(ref response, out var field, out var content))
        {
            if (field == Id)
                return Utf8Parser.TryParse(content, out int id, out var read) && read == content.Length ? id : -1;
        }

        return -1;
    }

    /// <summary>Both messages have length-delimited fields only.</summary>
    private static bool TryRead(ref ReadOnlySpan<byte> message, out int field, out ReadOnlySpan<byte> content)
    {
        field = 0;
        content = default;
        if (message.IsEmpty)
            return false;
        var tag = Varint(ref message);
        if ((tag & 7) != 2)
            throw new LoadException($"A field of the answer has the tag {tag}, expected a length-delimited one.");
        var length = Varint(ref message);
        if (length > message.Length)
            throw new LoadException($"A field of the answer has {length} bytes, and {message.Length} are left.");
        field = tag >> 3;
        content = message[..length];
        message = message[length..];
        return true;
    }

    private static int Varint(ref ReadOnlySpan<byte> message)
    {
        var value = 0u;
        for (var (i, shift) = (0, 0); i < message.Length && shift < 32; i++, shift += 7)
        {
            value |= (uint)(message[i] & 0x7F) << shift;
            if (message[i] < 0x80)
            {
                message = message[(i + 1)..];
                return value <= int.MaxValue ? (int)value : throw new LoadException("A number of the answer is too large.");
            }
        }

        throw new LoadException("The answer ends within a number.");
    }
}
