namespace Inference.Adapters.Grpc.Streams;

/// <summary>
/// Streams that wait for bytes of the request budget with a message half read, in the order in which their messages began.
/// Where nobody holds bytes but those who wait, nobody would ever give any back: then the oldest goes on all the same, so
/// that the budget is exceeded by one message at most. Thread-safe; takes a lock only where somebody waits.
/// </summary>
/// <param name="limit">Bytes that may be taken.</param>
internal sealed class BudgetQueue(long limit)
{
    private readonly SortedDictionary<long, Waiter> _waiters = [];
    private long _heldByWaiters;
    private int _count;

    /// <summary>Somebody waits, or did just now.</summary>
    public bool HasWaiting => Volatile.Read(ref _count) > 0;

    /// <summary>Joins the queue.</summary>
    /// <param name="age">Smaller for messages that began earlier; unique.</param>
    /// <param name="bytes">What is wanted.</param>
    /// <param name="held">What is held already.</param>
    public Waiter Join(long age, long bytes, long held)
    {
        var waiter = new Waiter(age, bytes, held);
        lock (_waiters)
        {
            _waiters.Add(age, waiter);
            _heldByWaiters += held;
            Interlocked.Increment(ref _count);
        }

        return waiter;
    }

    /// <summary>Serves those whose turn it is.</summary>
    /// <param name="taken">The budget's count of bytes taken, which goes up by what is served.</param>
    public void Serve(ref long taken)
    {
        lock (_waiters)
        {
            while (_waiters.Count > 0)
            {
                var waiter = _waiters.First().Value;
                var now = Volatile.Read(ref taken);
                if (now + waiter.Bytes > limit && now > _heldByWaiters)
                    return;
                Remove(waiter);
                if (waiter.Done.TrySetResult())
                    Interlocked.Add(ref taken, waiter.Bytes);
            }
        }
    }

    /// <summary>Gives up; false where it was served at the same moment.</summary>
    public bool TryLeave(Waiter waiter)
    {
        if (!waiter.Done.TrySetCanceled())
            return false;
        lock (_waiters)
            Remove(waiter);
        return true;
    }

    private void Remove(Waiter waiter)
    {
        if (!_waiters.Remove(waiter.Age))
            return;
        _heldByWaiters -= waiter.Held;
        Interlocked.Decrement(ref _count);
    }

    /// <summary>A stream that waits.</summary>
    public sealed record Waiter(long Age, long Bytes, long Held)
    {
        /// <summary>Done when it is served.</summary>
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
