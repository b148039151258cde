using System.Buffers.Binary;

namespace Inference.Adapters.Cli.Bench.Http2;

/// <summary>Frames that wait to be sent, one after the other in memory that is kept. Used by one thread at a time.</summary>
internal sealed class FrameBuffer
{
    private byte[] _bytes = new byte[1 << 16];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>A whole frame.</summary>
    public void WriteFrame(FrameType type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var start = Begin();
        Write(payload);
        End(start, type, flags, stream);
    }

    /// <summary>A frame of one number, such as WINDOW_UPDATE.</summary>
    public void WriteFrame(FrameType type, int stream, int value)
    {
        Span<byte> payload = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(payload, value);
        WriteFrame(type, 0, stream, payload);
    }

    /// <summary>Begins a frame whose payload is written next.</summary>
    /// <returns>For <see cref="End"/>.</returns>
    public int Begin()
    {
        Room(Frame.HeaderSize);
        Length += Frame.HeaderSize;
        return Length - Frame.HeaderSize;
    }

    /// <summary>Ends a frame.</summary>
    public void End(int start, FrameType type, byte flags, int stream) =>
        new Frame(Length - start - Frame.HeaderSize, type, flags, stream).Write(_bytes.AsSpan(start));

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - Length < bytes)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
        return _bytes.AsSpan(Length);
    }
}
