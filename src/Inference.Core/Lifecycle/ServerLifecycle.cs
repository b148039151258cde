namespace Inference.Core.Lifecycle;

/// <summary>
/// The phase of the process and the number of requests under way. Phases only go forward. Thread-safe; entering and leaving
/// a request takes no lock.
/// </summary>
public sealed class ServerLifecycle : IDisposable
{
    private readonly Lock _changes = new();
    private readonly CancellationTokenSource _draining = new();
    private volatile ServerPhase _phase = ServerPhase.Starting;
    private TaskCompletionSource? _idle;
    private int _inFlight;

    /// <summary>Raised after each change of phase, on the thread that made it.</summary>
    public event Action<ServerPhase>? PhaseChanged;

    /// <summary>The phase now.</summary>
    public ServerPhase Phase => _phase;

    /// <summary>Requests under way.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>New requests are taken.</summary>
    public bool TakesRequests => _phase < ServerPhase.Draining;

    /// <summary>Cancelled when the server starts to drain: calls that would wait for ever, such as health watches, end.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Counts a request in; false, and not counted, where no new ones are taken.</summary>
    public bool TryEnter()
    {
        // Counted first and checked after, so that a drain which starts in between either sees the request or refuses it.
        Interlocked.Increment(ref _inFlight);
        if (TakesRequests)
            return true;
        Leave();
        return false;
    }

    /// <summary>Counts a request out.</summary>
    public void Leave()
    {
        // The count is read again after the phase: between the decrement and that, another request may have entered, taken in
        // the phase before. One that enters later sees the phase and is refused.
        if (Interlocked.Decrement(ref _inFlight) == 0 && _phase >= ServerPhase.Draining && InFlight == 0)
            Volatile.Read(ref _idle)?.TrySetResult();
    }

    /// <summary>Goes to a later phase; does nothing where it is reached already.</summary>
    public void Advance(ServerPhase phase)
    {
        lock (_changes)
        {
            if (phase <= _phase)
                return;
            if (phase >= ServerPhase.Draining)
                _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _phase = phase;
        }

        if (phase >= ServerPhase.Draining)
            _draining.Cancel();
        PhaseChanged?.Invoke(phase);
    }

    /// <summary>Waits until no request is under way. The phase must be Draining or later.</summary>
    public async Task WaitUntilIdleAsync(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _idle) is not { } idle)
            throw new InvalidOperationException("Waiting until idle makes sense only while draining.");
        if (InFlight == 0)
            return;
        await idle.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _draining.Dispose();
}
