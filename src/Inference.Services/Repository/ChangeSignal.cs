namespace Inference.Services.Repository;

/// <summary>Lets callers wait for the next change. Guarded by its owner's lock.</summary>
internal sealed class ChangeSignal
{
    private TaskCompletionSource _next = Create();

    /// <summary>Done at the next change; to be taken under the lock under which what is waited for was looked at.</summary>
    public Task Next => _next.Task;

    /// <summary>Something changed.</summary>
    public void Raise()
    {
        var changed = _next;
        _next = Create();
        changed.TrySetResult();
    }

    private static TaskCompletionSource Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
