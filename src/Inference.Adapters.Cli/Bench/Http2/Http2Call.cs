using System.Buffers.Binary;
using Grpc.Core;

namespace Inference.Adapters.Cli.Bench.Http2;

/// <summary>
/// One call on a connection: what is still to be sent, and the messages that come back. The connection calls it under its lock;
/// so does who sends. May be started again when it has ended.
/// </summary>
internal abstract class Http2Call
{
    private const int PrefixSize = 5;
    private readonly Queue<ReadOnlyMemory<byte>> _unsent = new();
    private readonly byte[] _prefix = new byte[PrefixSize];
    private ReadOnlyMemory<byte> _sending;
    private byte[] _kept = [];
    private int _prefixRead;
    private int _length;
    private int _read;

    /// <summary>Number of its stream; 0 while it is not under way.</summary>
    public int Stream { get; private set; }

    /// <summary>Bytes that the server takes on this stream.</summary>
    public long SendWindow { get; set; }

    /// <summary>Bytes that came and for which the server was given no room yet.</summary>
    public int Uncredited { get; set; }

    /// <summary>HTTP status of the answer's first headers; 0 before them.</summary>
    public int HttpStatus { get; set; }

    /// <summary>It stands among those that wait to be sent.</summary>
    public bool IsWaiting { get; set; }

    /// <summary>Bytes to be sent.</summary>
    public long Unsent { get; private set; }

    /// <summary>Nothing follows what is to be sent.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The server was told that nothing follows.</summary>
    public bool HasSentEnd { get; set; }

    /// <summary>Whether something is to be sent, if only the end.</summary>
    public bool HasUnsent => Unsent > 0 || (IsComplete && !HasSentEnd);

    /// <summary>Are the messages that come to be handed over with their bytes, or only counted?</summary>
    protected abstract bool KeepsMessages { get; }

    /// <summary>Adds to what is to be sent; the memory stays as it is until the call ends.</summary>
    public void Add(ReadOnlyMemory<byte> bytes)
    {
        _unsent.Enqueue(bytes);
        Unsent += bytes.Length;
    }

    /// <summary>Nothing will be added.</summary>
    public void Complete() => IsComplete = true;

    /// <summary>Begins anew on a stream.</summary>
    public void Begin(int stream, long sendWindow)
    {
        (Stream, SendWindow, Uncredited, HttpStatus) = (stream, sendWindow, 0, 0);
        (_prefixRead, _length, _read, HasSentEnd) = (0, 0, 0, false);
    }

    /// <summary>Forgets what was not sent, and the stream.</summary>
    public void End()
    {
        _unsent.Clear();
        (_sending, Unsent, Stream, IsComplete) = (default, 0, 0, false);
    }

    /// <summary>Moves bytes that are to be sent into a buffer.</summary>
    public void Take(FrameBuffer buffer, int most)
    {
        while (most > 0 && Unsent > 0)
        {
            if (_sending.IsEmpty)
                _sending = _unsent.Dequeue();
            var count = Math.Min(most, _sending.Length);
            buffer.Write(_sending.Span[..count]);
            _sending = _sending[count..];
            Unsent -= count;
            most -= count;
        }
    }

    /// <summary>Takes what a DATA frame holds.</summary>
    public void Receive(ReadOnlySpan<byte> data, long now)
    {
        while (!data.IsEmpty)
        {
            if (_prefixRead < PrefixSize)
            {
                var count = Math.Min(PrefixSize - _prefixRead, data.Length);
                data[..count].CopyTo(_prefix.AsSpan(_prefixRead));
                _prefixRead += count;
                data = data[count..];
                if (_prefixRead < PrefixSize)
                    return;
                _length = BinaryPrimitives.ReadInt32BigEndian(_prefix.AsSpan(1));
                if (_prefix[0] > 1 || _length < 0)
                    throw new Http2Exception("an answer does not begin with the prefix of a gRPC message");
            }

            data = ReceiveContent(data, now);
        }
    }

    /// <summary>The call has ended, whether or not the server has said so.</summary>
    public abstract void Ended(Status status, long now);

    /// <summary>A message came.</summary>
    /// <param name="message">Its bytes where messages are kept, until this returns.</param>
    /// <param name="length">How many it has.</param>
    /// <param name="now">When it came.</param>
    protected abstract void Message(ReadOnlySpan<byte> message, int length, long now);

    private ReadOnlySpan<byte> ReceiveContent(ReadOnlySpan<byte> data, long now)
    {
        var count = Math.Min(_length - _read, data.Length);
        var isWhole = count == _length;
        if (KeepsMessages && !isWhole)
        {
            if (_kept.Length < _length)
                _kept = new byte[_length];
            data[..count].CopyTo(_kept.AsSpan(_read));
        }

        _read += count;
        if (_read < _length)
            return [];
        var length = _length;
        ReadOnlySpan<byte> message = isWhole ? data[..count] : _kept.AsSpan(0, KeepsMessages ? length : 0);
        (_prefixRead, _length, _read) = (0, 0, 0);
        Message(KeepsMessages ? message : default, length, now);
        return data[count..];
    }
}
