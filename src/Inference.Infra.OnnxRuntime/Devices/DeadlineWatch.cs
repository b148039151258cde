namespace Inference.Infra.OnnxRuntime.Devices;

/// <summary>Something that must be told when its time has passed. Linked into its watch, so that it costs no memory of its own.</summary>
internal abstract class Watched
{
    private long _due = long.MaxValue;

    /// <summary>When, as a timestamp; <see cref="long.MaxValue"/> for never. May be moved to later while it is watched.</summary>
    public long Due
    {
        get => Volatile.Read(ref _due);
        set => Volatile.Write(ref _due, value);
    }

    internal Watched? Previous { get; set; }

    internal Watched? Next { get; set; }

    internal bool IsLinked { get; set; }

    internal bool IsDone { get; set; }

    /// <summary>The time has passed. Called once, on a timer's thread, without any lock held; it is not watched any more.</summary>
    public abstract void OnDue(long now);
}

/// <summary>
/// Tells runs that their time has passed. One timer for a whole device, set to the earliest time that is watched and not
/// set at all where nothing is. Thread-safe.
/// </summary>
internal sealed class DeadlineWatch(TimeProvider time) : IDisposable
{
    // Timers count in milliseconds; a sweep more often than that could find nothing new.
    private static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(1);

    private readonly Lock _gate = new();
    private Watched? _first;
    private ITimer? _timer;
    private long _timerDue = long.MaxValue;
    private bool _disposed;

    /// <summary>How many are watched.</summary>
    public int Count { get; private set; }

    /// <summary>True while the timer is set.</summary>
    public bool IsTimerSet => Interlocked.Read(ref _timerDue) != long.MaxValue;

    /// <summary>Watches it until it is due or removed. Ignored where it was removed before.</summary>
    public void Add(Watched item)
    {
        if (item.Due == long.MaxValue)
            return;
        lock (_gate)
        {
            if (item.IsDone || item.IsLinked || _disposed)
                return;
            Link(item);
            if (item.Due < _timerDue)
                SetTimer(item.Due);
        }
    }

    /// <summary>Ends watching it for good.</summary>
    public void Remove(Watched item)
    {
        // Without a time it was never linked.
        lock (_gate)
        {
            item.IsDone = true;
            if (item.IsLinked)
                Unlink(item);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _timer?.Dispose();
            Interlocked.Exchange(ref _timerDue, long.MaxValue);
        }
    }

    private void Sweep()
    {
        Watched? passed = null;
        long now;
        lock (_gate)
        {
            now = time.GetTimestamp();
            Interlocked.Exchange(ref _timerDue, long.MaxValue);
            var earliest = long.MaxValue;
            for (var item = _first; item is not null;)
            {
                var (next, due) = (item.Next, item.Due);
                if (due <= now)
                {
                    Unlink(item);
                    item.Next = passed;
                    passed = item;
                }
                else
                {
                    earliest = Math.Min(earliest, due);
                }

                item = next;
            }

            if (earliest != long.MaxValue && !_disposed)
                SetTimer(earliest);
        }

        while (passed is { } item)
        {
            passed = item.Next;
            item.Next = null;
            item.OnDue(now);
        }
    }

    private void SetTimer(long due)
    {
        Interlocked.Exchange(ref _timerDue, due);
        var wait = time.GetElapsedTime(time.GetTimestamp(), due);
        var rounded = TimeSpan.FromMilliseconds(Math.Ceiling(Math.Clamp(wait.TotalMilliseconds, Resolution.TotalMilliseconds, int.MaxValue)));
        if (_timer is null)
        {
            // Whatever flows with the first request must not be kept for the life of the device.
            using (ExecutionContext.SuppressFlow())
                _timer = time.CreateTimer(static watch => ((DeadlineWatch)watch!).Sweep(), this, rounded, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _timer.Change(rounded, Timeout.InfiniteTimeSpan);
        }
    }

    private void Link(Watched item)
    {
        (item.Previous, item.Next, item.IsLinked) = (null, _first, true);
        if (_first is not null)
            _first.Previous = item;
        _first = item;
        Count++;
    }

    private void Unlink(Watched item)
    {
        if (item.Previous is null)
            _first = item.Next;
        else
            item.Previous.Next = item.Next;
        if (item.Next is not null)
            item.Next.Previous = item.Previous;
        (item.Previous, item.Next, item.IsLinked) = (null, null, false);
        Count--;
    }
}
