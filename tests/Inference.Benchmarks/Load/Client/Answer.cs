using System.Buffers;
using Grpc.Core;

namespace Inference.Benchmarks.Load.Client;

/// <summary>
/// The message that a call got, reused from call to call: its length, and its bytes where they are to be checked. Reading
/// them all would cost the cores that the server runs on.
/// </summary>
internal sealed class Answer
{
    private byte[] kept = [];

    /// <summary>Shall the next message be kept?</summary>
    public bool Keep { get; set; }

    /// <summary>Bytes of the last message.</summary>
    public int Length { get; private set; }

    /// <summary>The last message where it was kept, until the next one.</summary>
    public ReadOnlyMemory<byte> Content => kept.AsMemory(0, Length);

    /// <summary>Takes a message.</summary>
    public Answer Read(DeserializationContext context)
    {
        Length = context.PayloadLength;
        var payload = context.PayloadAsReadOnlySequence();
        if (!Keep)
            return this;
        if (kept.Length < Length)
            kept = new byte[Length];
        payload.CopyTo(kept);
        return this;
    }
}
