using System.Buffers;
using System.Buffers.Text;
using Grpc.Core;

namespace Inference.Benchmarks.Load.Requests;

/// <summary>
/// One ModelInferRequest, encoded once: what stands before its id and what stands after it, and the numbers that its answer
/// must hold. Immutable; any number of calls may send it at once.
/// </summary>
internal sealed class RequestTemplate(byte[] head, byte[] tail, float[] expected)
{
    private const byte IdTag = 3 << 3 | 2;
    private const int IdDigits = 8;

    /// <summary>Highest id that has room.</summary>
    public const int MostId = 99_999_999;

    /// <summary>What the answer's only output holds, all rows one after the other.</summary>
    public ReadOnlySpan<float> Expected => expected;

    /// <summary>Bytes of the message without an id.</summary>
    public int Length => head.Length + tail.Length;

    /// <summary>Writes the message without an id.</summary>
    public void Write(SerializationContext context)
    {
        context.SetPayloadLength(Length);
        var writer = context.GetBufferWriter();
        writer.Write(head);
        writer.Write(tail);
        context.Complete();
    }

    /// <summary>Writes the message with an id of eight digits.</summary>
    public void Write(SerializationContext context, int id)
    {
        context.SetPayloadLength(Length + IdDigits + 2);
        var writer = context.GetBufferWriter();
        writer.Write(head);
        var field = writer.GetSpan(IdDigits + 2);
        field[0] = IdTag;
        field[1] = IdDigits;
        if (!Utf8Formatter.TryFormat(id, field[2..], out var digits, new StandardFormat('D', IdDigits)) || digits != IdDigits)
            throw new LoadException($"Id {id} has more than {IdDigits} digits.");
        writer.Advance(IdDigits + 2);
        writer.Write(tail);
        context.Complete();
    }
}
