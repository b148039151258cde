namespace Inference.Core.Lifecycle;

/// <summary>
/// The phase of the process and the number of requests under way. Phases only go forward. Thread-safe; entering and leaving
/// a request takes no lock.
/// </summary>
public sealed class ServerLifecycle : IDisposable
{
    private readonly Lock _changes = new();
    private readonly CancellationTokenSource _draining = new();
    private readonly CancellationTokenSource _cutOff = new();
    private volatile ServerPhase _phase = ServerPhase.Starting;
    private TaskCompletionSource? _idle;
    private int _inFlight;
    private int _answers;

    /// <summary>Raised after each change of phase, on the thread that made it.</summary>
    public event Action<ServerPhase>? PhaseChanged;

    /// <summary>The phase now.</summary>
    public ServerPhase Phase => _phase;

    /// <summary>Requests under way.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Answers that are not written yet; a request counts here longer than under way.</summary>
    public int Answers => Volatile.Read(ref _answers);

    /// <summary>New requests are taken.</summary>
    public bool TakesRequests => _phase < ServerPhase.Draining;

    /// <summary>Cancelled when the server starts to drain: calls that would wait for ever, such as health watches, end.</summary>
    public CancellationToken Draining => _draining.Token;

    /// <summary>Cancelled when the time to stop is over: every call that is still open is cut off.</summary>
    public CancellationToken CutOff => _cutOff.Token;

    private bool IsIdle => InFlight == 0 && Answers == 0;

    /// <summary>Counts a request in; false, and not counted, where no new ones are taken.</summary>
    public bool TryEnter() => TryEnter(out _);

    /// <summary>Counts a request in; false, and not counted, where no new ones are taken.</summary>
    /// <param name="inFlight">Requests under way with this one, as it was counted.</param>
    public bool TryEnter(out int inFlight)
    {
        // Counted first and checked after, so that a drain which starts in between either sees the request or refuses it.
        inFlight = Interlocked.Increment(ref _inFlight);
        if (TakesRequests)
            return true;
        Leave();
        return false;
    }

    /// <summary>
    /// Counts a request in that was read from a stream, and whose answer is counted already. Streams are read no more once the server
    /// drains: what comes then was read before, and is still taken, since the drain waits for its answer. False, and not counted, in a
    /// later phase.
    /// </summary>
    public bool TryEnterRead()
    {
        Interlocked.Increment(ref _inFlight);
        if (TakesRequests || (_phase == ServerPhase.Draining && Answers > 0))
            return true;
        Leave();
        return false;
    }

    /// <summary>Counts a request out.</summary>
    public void Leave()
    {
        // The count is read again after the phase: between the decrement and that, another request may have entered, taken in
        // the phase before. One that enters later sees the phase and is refused.
        if (Interlocked.Decrement(ref _inFlight) == 0)
            EndIfIdle();
    }

    /// <summary>Counts an answer that is going to be written, in any phase: a refusal is an answer, too.</summary>
    public void BeginAnswer() => Interlocked.Increment(ref _answers);

    /// <summary>Counts an answer as written.</summary>
    public void EndAnswer()
    {
        if (Interlocked.Decrement(ref _answers) == 0)
            EndIfIdle();
    }

    /// <summary>Has <see cref="CutOff"/> cancelled after this time.</summary>
    public void CutOffAfter(TimeSpan time) => _cutOff.CancelAfter(time);

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

    /// <summary>Waits until no request is under way and every answer is written. The phase must be Draining or later.</summary>
    public async Task WaitUntilIdleAsync(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _idle) is not { } idle)
            throw new InvalidOperationException("Waiting until idle makes sense only while draining.");
        if (IsIdle)
            return;
        await idle.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _draining.Dispose();
        _cutOff.Dispose();
    }

    private void EndIfIdle()
    {
        if (_phase >= ServerPhase.Draining && IsIdle)
            Volatile.Read(ref _idle)?.TrySetResult();
    }
}
