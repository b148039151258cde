using System.Buffers;

namespace Inference.Adapters.Grpc.Infer.Arrival;

/// <summary>The fields around entries that were taken out of a message, kept in memory of their own. Not thread-safe.</summary>
internal sealed class ArrivedFields : IDisposable
{
    private byte[] _bytes = [];

    /// <summary>Bytes that are kept.</summary>
    public int Length { get; private set; }

    /// <summary>Keeps a copy of fields.</summary>
    public void Add(in ReadOnlySequence<byte> fields)
    {
        var length = (int)fields.Length;
        Reserve(length);
        fields.CopyTo(_bytes.AsSpan(Length));
        Length += length;
    }

    /// <summary>Keeps a field of no bytes.</summary>
    public void AddEmpty(byte tag)
    {
        Reserve(2);
        _bytes[Length++] = tag;
        _bytes[Length++] = 0;
    }

    /// <summary>These fields and what follows them; not to be used after this was disposed of.</summary>
    public ReadOnlySequence<byte> Before(in ReadOnlySequence<byte> rest)
    {
        var kept = new ReadOnlyMemory<byte>(_bytes, 0, Length);
        if (rest.IsEmpty)
            return new ReadOnlySequence<byte>(kept);
        var first = new Segment(kept, 0);
        var last = first;
        foreach (var memory in rest)
            last = last.Before(memory);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    public void Dispose()
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, Length) = ([], 0);
    }

    private void Reserve(int more)
    {
        if (_bytes.Length - Length >= more)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Length + Math.Max(more, 1024));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index) => (Memory, RunningIndex) = (memory, index);

        public Segment Before(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
