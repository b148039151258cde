using System.Buffers.Binary;

namespace Inference.Adapters.Cli.Bench.Http2;

/// <summary>Kinds of HTTP/2 frames, by their number on the wire.</summary>
internal enum FrameType : byte
{
    Data,
    Headers,
    Priority,
    ResetStream,
    Settings,
    PushPromise,
    Ping,
    GoAway,
    WindowUpdate,
    Continuation,
}

/// <summary>The nine bytes in front of every frame.</summary>
internal readonly record struct Frame(int Length, FrameType Type, byte Flags, int Stream)
{
    public const int HeaderSize = 9;

    /// <summary>Largest payload that a peer may send unless it was allowed more, which this client does not.</summary>
    public const int MostPayload = 1 << 14;
    public const byte Ack = 1, EndStream = 1, EndHeaders = 4, Padded = 8, HasPriority = 0x20;
    private const int StreamMask = int.MaxValue;
    private const int PriorityBytes = 5;

    public static Frame Read(ReadOnlySpan<byte> bytes) => new(
        (bytes[0] << 16) | BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]), (FrameType)bytes[3], bytes[4], BinaryPrimitives.ReadInt32BigEndian(bytes[5..]) & StreamMask);

    public bool Has(byte flag) => (Flags & flag) != 0;

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes, Length << 8);
        bytes[3] = (byte)Type;
        bytes[4] = Flags;
        BinaryPrimitives.WriteInt32BigEndian(bytes[5..], Stream);
    }

    /// <summary>What a DATA or HEADERS frame holds, without padding and priority.</summary>
    /// <exception cref="Http2Exception">More padding than payload.</exception>
    public ReadOnlySpan<byte> Content(ReadOnlySpan<byte> payload)
    {
        var padding = 0;
        if (Has(Padded))
        {
            padding = payload.IsEmpty ? 1 : payload[0];
            payload = payload.IsEmpty ? payload : payload[1..];
        }

        if (Type == FrameType.Headers && Has(HasPriority))
            payload = payload.Length >= PriorityBytes ? payload[PriorityBytes..] : throw new Http2Exception("a HEADERS frame is too short for its priority");
        return padding <= payload.Length ? payload[..^padding] : throw new Http2Exception("a frame has more padding than content");
    }
}

/// <summary>The peer broke the protocol; the connection is of no use any more. The text has no full stop.</summary>
internal sealed class Http2Exception(string message) : Exception(message);
