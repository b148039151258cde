using System.Buffers.Text;
using Inference.Adapters.Cli.Bench.Http2;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>
/// What a load needs to know of a ModelStreamInferResponse, found without building the message: a client of 100,000 answers
/// would spend its time there.
/// </summary>
/// <param name="Id">The number that is its id; 0 where there is none.</param>
/// <param name="IsError">It tells of an error.</param>
/// <param name="IsLast">No other answer to its request follows.</param>
/// <param name="Start">Where the ModelInferResponse begins.</param>
/// <param name="Length">How many bytes it has.</param>
internal readonly record struct StreamAnswer(int Id, bool IsError, bool IsLast, int Start, int Length)
{
    private const int LengthDelimited = 2;

    /// <summary>Reads an answer.</summary>
    /// <exception cref="Http2Exception">It is no message of the protocol.</exception>
    public static StreamAnswer Read(ReadOnlySpan<byte> message)
    {
        var answer = new StreamAnswer(0, false, true, 0, 0);
        for (var rest = message; TryRead(ref rest, out var field, out var content);)
        {
            if (field == ModelStreamInferResponse.ErrorMessageFieldNumber)
                answer = answer with { IsError = answer.IsError || content.Length > 0 };
            else if (field == ModelStreamInferResponse.InferResponseFieldNumber)
                answer = Response(content) with { IsError = answer.IsError, Start = message.Length - rest.Length - content.Length, Length = content.Length };
        }

        return answer;
    }

    /// <summary>The text of an error.</summary>
    public static string Error(ReadOnlySpan<byte> message) => ModelStreamInferResponse.Parser.ParseFrom(message).ErrorMessage;

    /// <summary>The ModelInferResponse.</summary>
    public ReadOnlySpan<byte> Content(ReadOnlySpan<byte> message) => message.Slice(Start, Length);

    private static StreamAnswer Response(ReadOnlySpan<byte> response)
    {
        var (id, isLast) = (0, true);
        while (TryRead(ref response, out var field, out var content))
        {
            if (field == ModelInferResponse.IdFieldNumber && Utf8Parser.TryParse(content, out int number, out var read) && read == content.Length)
                id = number;
            else if (field == ModelInferResponse.ParametersFieldNumber)
                isLast &= !IsNotLast(content);
            else if (field == ModelInferResponse.RawOutputContentsFieldNumber)
                break;
        }

        return new StreamAnswer(id, false, isLast, 0, 0);
    }

    // An entry of a map: its key, and a parameter that is a bool; a bool that is false may be left out.
    private static bool IsNotLast(ReadOnlySpan<byte> entry) =>
        entry.IndexOf("triton_final_response"u8) >= 0 && !entry.EndsWith((ReadOnlySpan<byte>)[(InferParameter.BoolParamFieldNumber << 3), 1]);

    // Every field of both messages is length-delimited.
    private static bool TryRead(ref ReadOnlySpan<byte> message, out int field, out ReadOnlySpan<byte> content)
    {
        field = 0;
        content = default;
        if (message.IsEmpty)
            return false;
        var tag = Varint(ref message);
        var length = (tag & 7) == LengthDelimited ? Varint(ref message) : throw Broken();
        if (length > message.Length)
            throw Broken();
        field = tag >> 3;
        content = message[..length];
        message = message[length..];
        return true;
    }

    private static int Varint(ref ReadOnlySpan<byte> message)
    {
        var value = 0L;
        for (var (i, shift) = (0, 0); i < message.Length && shift < 35; i++, shift += 7)
        {
            value |= (long)(message[i] & 0x7F) << shift;
            if (message[i] >= 0x80)
                continue;
            message = message[(i + 1)..];
            return value <= int.MaxValue ? (int)value : throw Broken();
        }

        throw Broken();
    }

    private static Http2Exception Broken() => new("an answer of the stream is no ModelStreamInferResponse");
}
