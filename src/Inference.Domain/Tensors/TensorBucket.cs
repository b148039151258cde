using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Inference.Domain.Tensors;

/// <summary>
/// Buffers of one size that a <see cref="TensorPool"/> keeps. The one that came back last goes first, since the processor has
/// it in its cache. Thread-safe, without a lock; what it remembers of idle ones may be off by as many threads as meet.
/// </summary>
internal sealed class TensorBucket
{
    private readonly ConcurrentStack<PooledTensorBuffer> _buffers = new();
    private int _kept;
    private int _leastKept;

    /// <summary>The buffer that came back last.</summary>
    public bool TryTake([NotNullWhen(true)] out PooledTensorBuffer? buffer)
    {
        if (!_buffers.TryPop(out buffer))
            return false;
        var left = Interlocked.Decrement(ref _kept);
        if (left < _leastKept)
            _leastKept = left;
        return true;
    }

    /// <summary>Keeps a buffer.</summary>
    public void Keep(PooledTensorBuffer buffer)
    {
        Interlocked.Increment(ref _kept);
        _buffers.Push(buffer);
    }

    /// <summary>How many were left over all the time since the last call.</summary>
    public int TakeIdleCount()
    {
        var idle = _leastKept;
        _leastKept = Volatile.Read(ref _kept) - idle;
        return idle;
    }
}
