using System.Threading.Tasks.Sources;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;

namespace Inference.Infra.Queue.Waiting;

/// <summary>Where a request stands. Guarded by its executor's lock.</summary>
internal enum EntryState
{
    /// <summary>Not yet in the queue.</summary>
    New,

    /// <summary>Waits for room in the queue.</summary>
    Blocked,

    /// <summary>Waits for a lane.</summary>
    Queued,

    /// <summary>A run uses its inputs: it is answered when the run says so.</summary>
    Taken,

    /// <summary>A run has a copy of its inputs: it may be answered before the run is over.</summary>
    Merged,

    /// <summary>Its answer is decided.</summary>
    Done,
}

/// <summary>
/// One request in the executor: what it waits for, and its answer as a task. One object for each request and none of them
/// pooled, so that a late cancellation can never reach somebody else's request.
/// </summary>
internal sealed class Entry : IValueTaskSource<TensorSet>
{
    private readonly BatchingExecutor _executor;
    private ManualResetValueTaskSourceCore<TensorSet> _answer;
    private CancellationTokenRegistration _cancellation;

    public Entry(BatchingExecutor executor, TensorSet inputs, RequestContext context, long accepted, long bytes, int level)
    {
        _executor = executor;
        Inputs = inputs;
        Context = context;
        Accepted = accepted;
        Rows = Math.Max(1, context.Rows);
        Bytes = bytes;
        Level = level;
        IsAlone = context.Rows == 0 || context.RunsAlone;
        Due = Math.Min(context.Deadline, context.QueueDeadline);
    }

    public TensorSet Inputs { get; }

    public RequestContext Context { get; }

    /// <summary>When the executor was called, as a timestamp.</summary>
    public long Accepted { get; }

    /// <summary>Rows by which it is counted; at least 1.</summary>
    public long Rows { get; }

    /// <summary>Size of the inputs.</summary>
    public long Bytes { get; }

    /// <summary>Level of priority, from 1.</summary>
    public int Level { get; }

    /// <summary>When it waits too long, before its run; then its deadline.</summary>
    public long Due { get; set; }

    public EntryState State { get; set; }

    /// <summary>Why it ends before its answer; null where it does not.</summary>
    public StopCause? Stop { get; set; }

    /// <summary>Runs by itself: it has no rows, asks for it, or its batch has failed.</summary>
    public bool IsAlone { get; set; }

    /// <summary>Ticks that it was expected to wait when it came; negative where nothing was known.</summary>
    public double Predicted { get; set; } = -1;

    /// <summary>The same, but not corrected by what earlier predictions came to.</summary>
    public double Forecast { get; set; }

    /// <summary>What runs it, from when it is taken; null again once it is answered before that is over.</summary>
    public Batch? Batch { get; set; }

    /// <summary>The lane that runs it on its caller's thread.</summary>
    public ILane? Lane { get; set; }

    /// <summary>Where it waits.</summary>
    public SignatureQueue? Queue { get; set; }

    public EntryList? List { get; set; }

    public Entry? Previous { get; set; }

    public Entry? Next { get; set; }

    public int HeapIndex { get; set; } = -1;

    /// <summary>Whoever answers it has time for what its caller does then; else that is left to the thread pool.</summary>
    public bool ContinuesHere { get; set; }

    public ValueTask<TensorSet> Task => new(this, _answer.Version);

    /// <summary>Listens to its caller's cancellation until it is answered.</summary>
    public void Watch()
    {
        if (Context.Cancellation.CanBeCanceled)
            _cancellation = Context.Cancellation.UnsafeRegister(static entry => ((Entry)entry!).OnCancelled(), this);
    }

    /// <summary>Does not wait for a callback under way, which finds the request done.</summary>
    public void Unwatch() => _cancellation.Unregister();

    public void Succeed(TensorSet outputs)
    {
        Unwatch();
        _answer.RunContinuationsAsynchronously = !ContinuesHere;
        _answer.SetResult(outputs);
    }

    public void Fail(InferenceException error)
    {
        Unwatch();
        _answer.RunContinuationsAsynchronously = !ContinuesHere;
        _answer.SetException(error);
    }

    TensorSet IValueTaskSource<TensorSet>.GetResult(short token) => _answer.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<TensorSet>.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<TensorSet>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);

    private void OnCancelled() => _executor.Stop(this, StopCause.Cancelled);
}
