namespace Inference.Infra.Queue.Waiting;

/// <summary>
/// One timer for one queue, made when first needed and not set where nothing is due. Calls of <see cref="Set"/> and
/// <see cref="Fired"/> come under the queue's lock.
/// </summary>
internal sealed class DueTimer(TimeProvider time, Action onDue) : IDisposable
{
    // Timers count in milliseconds.
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(1);
    private readonly Action _onDue = onDue;
    private ITimer? _timer;
    private long _due = long.MaxValue;
    private bool _disposed;

    /// <summary>When it is set to; <see cref="long.MaxValue"/> where it is not.</summary>
    public long Due => _due;

    /// <summary>Has it fire at that time, if it would not fire before.</summary>
    public void Set(long due)
    {
        if (due >= _due || _disposed)
            return;
        _due = due;
        var wait = time.GetElapsedTime(time.GetTimestamp(), due);
        var rounded = TimeSpan.FromMilliseconds(Math.Ceiling(Math.Clamp(wait.TotalMilliseconds, Resolution.TotalMilliseconds, int.MaxValue)));
        if (_timer is not null)
        {
            _timer.Change(rounded, Timeout.InfiniteTimeSpan);
            return;
        }

        // Whatever flows with the first request must not be kept for the life of the queue.
        using (ExecutionContext.SuppressFlow())
            _timer = time.CreateTimer(static timer => ((DueTimer)timer!)._onDue(), this, rounded, Timeout.InfiniteTimeSpan);
    }

    /// <summary>It has fired and is not set any more.</summary>
    public void Fired() => _due = long.MaxValue;

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _timer?.Dispose();
    }
}
