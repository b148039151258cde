namespace Inference.Infra.Queue.Waiting;

/// <summary>The bytes that may wait in all queues of the process together. Thread-safe, without a lock while nobody waits for room.</summary>
public sealed class QueueBudget
{
    private readonly Lock _gate = new();
    private readonly HashSet<Action> _waiting = [];
    private volatile bool _isWaitedFor;
    private long _taken;

    /// <summary>Creates it.</summary>
    /// <param name="maxBytes">Bytes of inputs that may wait.</param>
    public QueueBudget(long maxBytes) => MaxBytes = maxBytes;

    /// <summary>Bytes that may wait.</summary>
    public long MaxBytes { get; }

    /// <summary>Bytes that wait now.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Takes bytes. A request that is alone may have any number.</summary>
    public bool TryTake(long bytes)
    {
        var seen = Taken;
        while (seen == 0 || seen + bytes <= MaxBytes)
        {
            var before = Interlocked.CompareExchange(ref _taken, seen + bytes, seen);
            if (before == seen)
                return true;
            seen = before;
        }

        return false;
    }

    /// <summary>Gives bytes back.</summary>
    public void Give(long bytes)
    {
        Interlocked.Add(ref _taken, -bytes);
        if (_isWaitedFor)
            Tell();
    }

    /// <summary>
    /// Has somebody told, once and on another thread, that there may be room. Whoever waits must try once more after this
    /// call: bytes that were given back before it are not told of.
    /// </summary>
    public void WaitForRoom(Action told)
    {
        lock (_gate)
        {
            _waiting.Add(told);
            _isWaitedFor = true;
        }

        // Either the next attempt sees what is given back from now on, or the giver sees that somebody waits.
        Interlocked.MemoryBarrier();
    }

    private void Tell()
    {
        Action[] waiting;
        lock (_gate)
        {
            waiting = [.. _waiting];
            _waiting.Clear();
            _isWaitedFor = false;
        }

        // On other threads, since whoever gives bytes back holds the lock of its own queue.
        foreach (var told in waiting)
            ThreadPool.UnsafeQueueUserWorkItem(static told => told(), told, preferLocal: false);
    }
}
