namespace Inference.Adapters.Grpc.Connections;

/// <summary>A moment to come that all who ask for it wait for, so that what they do then is done in one go. Thread-safe.</summary>
internal sealed class CommonMoment : IDisposable
{
    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private readonly TimeSpan _ahead;
    private TaskCompletionSource? _next;
    private bool _isDisposed;

    /// <summary>Creates it.</summary>
    /// <param name="ahead">How far ahead it is at most.</param>
    /// <param name="time">Whose timer it comes by.</param>
    public CommonMoment(TimeSpan ahead, TimeProvider time)
    {
        _ahead = ahead;
        _timer = time.CreateTimer(static moment => ((CommonMoment)moment!).Come(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends at that moment.</summary>
    public Task Next()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return Task.CompletedTask;
            if (_next is null)
            {
                _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _timer.Change(_ahead, Timeout.InfiniteTimeSpan);
            }

            return _next.Task;
        }
    }

    /// <summary>It comes now, and whoever asks from now on does not wait.</summary>
    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        Come();
        _timer.Dispose();
    }

    private void Come()
    {
        TaskCompletionSource? next;
        lock (_gate)
            (next, _next) = (_next, null);
        next?.SetResult();
    }
}
