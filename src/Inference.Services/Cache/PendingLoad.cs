using Inference.Domain;
using Inference.Domain.Registry;

namespace Inference.Services.Cache;

/// <summary>A load that requests wait for, all for the same one. What was loaded is held until each of them has had its turn. Thread-safe.</summary>
internal sealed class PendingLoad
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PipelineLease? _hold;
    private Func<InferenceException>? _refusal;
    private int _waiting;

    /// <summary>Somebody waits now.</summary>
    public bool HasWaiting
    {
        get
        {
            lock (_lock)
                return _waiting > 0;
        }
    }

    /// <summary>One more waits; only before the end.</summary>
    /// <param name="waits">Counts it.</param>
    /// <param name="begun">When it began to.</param>
    public IPipelineWait Join(LoadWaits waits, long begun)
    {
        lock (_lock)
            _waiting++;
        return new Wait(this, waits, begun);
    }

    /// <summary>The load has ended, or was not begun.</summary>
    /// <param name="hold">Keeps what was loaded until those who wait have taken it; null for nothing.</param>
    /// <param name="refusal">Makes the reason why it was not begun; null where it was.</param>
    public void End(PipelineLease? hold, Func<InferenceException>? refusal)
    {
        lock (_lock)
        {
            _refusal = refusal;
            if (_waiting > 0)
                (_hold, hold) = (hold, null);
        }

        hold?.Dispose();
        _ended.TrySetResult();
    }

    private void Leave()
    {
        PipelineLease? hold = null;
        lock (_lock)
        {
            if (--_waiting == 0)
                (hold, _hold) = (_hold, null);
        }

        hold?.Dispose();
    }

    private sealed class Wait(PendingLoad load, LoadWaits waits, long begun) : IPipelineWait
    {
        private int _isOver;

        public Task Ended => load._ended.Task;

        public InferenceException? Refusal => load._refusal?.Invoke();

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) != 0)
                return;
            load.Leave();
            waits.End(begun);
        }
    }
}
