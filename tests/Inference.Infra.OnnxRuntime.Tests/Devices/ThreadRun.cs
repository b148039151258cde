using Inference.Domain.Execution;

namespace Inference.Infra.OnnxRuntime.Tests.Devices;

/// <summary>A run that says what became of it.</summary>
internal sealed class ThreadRun : IRun
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _executed;
    private int _completed;

    public Action? During { get; init; }

    /// <summary>Called by <see cref="Complete"/>.</summary>
    public Action? OnComplete { get; init; }

    public int Executed => Volatile.Read(ref _executed);

    public int Completed => Volatile.Read(ref _completed);

    public Thread? Thread { get; private set; }

    public ILane? Lane { get; private set; }

    /// <summary>Done when it began.</summary>
    public Task Started => _started.Task.WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>Done when it was completed.</summary>
    public Task Done => _done.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public bool HasStarted => _started.Task.IsCompleted;

    public void Execute(ILane lane)
    {
        Lane = lane;
        Execute();
    }

    public void Execute()
    {
        Interlocked.Increment(ref _executed);
        Thread = Thread.CurrentThread;
        _started.TrySetResult();
        During?.Invoke();
    }

    public void Complete()
    {
        OnComplete?.Invoke();
        Interlocked.Increment(ref _completed);
        _done.TrySetResult();
    }
}
