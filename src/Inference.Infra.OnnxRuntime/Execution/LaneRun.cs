using System.Threading.Tasks.Sources;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Devices;

namespace Inference.Infra.OnnxRuntime.Execution;

/// <summary>Where a run stands. Guarded by its queue.</summary>
internal enum RunState
{
    /// <summary>Not yet in the queue.</summary>
    New,

    /// <summary>Waits for a lane.</summary>
    Waiting,

    /// <summary>Has a lane and waits for a thread.</summary>
    Assigned,

    /// <summary>The model runs.</summary>
    Running,

    /// <summary>Its answer is decided.</summary>
    Done,
}

/// <summary>Why a run ends before its model does.</summary>
internal enum StopReason
{
    None,
    Cancelled,
    Deadline,
    QueueDeadline,
}

/// <summary>
/// One request in the executor: what it waits for, and its answer as a task. One object for each request and none of them
/// pooled, so that a late cancellation can never reach somebody else's run.
/// </summary>
internal sealed class LaneRun : Watched, IValueTaskSource<TensorSet>, IDeviceWork
{
    private readonly LaneExecutor _executor;
    private ManualResetValueTaskSourceCore<TensorSet> _answer;
    private CancellationTokenRegistration _cancellation;

    public LaneRun(LaneExecutor executor, TensorSet inputs, RequestContext context, long accepted)
    {
        _executor = executor;
        Inputs = inputs;
        Context = context;
        Accepted = accepted;

        // Whoever completes a run has other runs to see to.
        _answer.RunContinuationsAsynchronously = true;
        foreach (var input in inputs)
            Bytes += input.Tensor.Data.Length;
    }

    public TensorSet Inputs { get; }

    public RequestContext Context { get; }

    /// <summary>When the executor was called, as a timestamp.</summary>
    public long Accepted { get; }

    /// <summary>Size of the inputs.</summary>
    public long Bytes { get; }

    public RunState State { get; set; }

    public StopReason Stop { get; set; }

    public Lane? Lane { get; set; }

    /// <summary>What the model made, once it ran.</summary>
    public TensorSet? Outputs { get; private set; }

    /// <summary>Its place in the queue while it waits.</summary>
    public LinkedListNode<LaneRun>? Place { get; set; }

    public ValueTask<TensorSet> Task => new(this, _answer.Version);

    /// <summary>Listens to cancellation and deadlines until <see cref="Unwatch"/>.</summary>
    public void Watch(DeadlineWatch deadlines)
    {
        if (Context.Cancellation.CanBeCanceled)
            _cancellation = Context.Cancellation.UnsafeRegister(static run => ((LaneRun)run!).OnCancelled(), this);
        Due = Math.Min(Context.Deadline, Context.QueueDeadline);
        deadlines.Add(this);
    }

    public void Unwatch(DeadlineWatch deadlines)
    {
        // Does not wait for a callback under way, which finds the run done.
        _cancellation.Unregister();
        if (Context.Deadline != long.MaxValue || Context.QueueDeadline != long.MaxValue)
            deadlines.Remove(this);
    }

    /// <summary>Runs the model on this thread; <see cref="Outputs"/> holds what it made, or the error is returned.</summary>
    public InferenceException? Execute(string label)
    {
        try
        {
            Outputs = Lane!.Run(Inputs);
            return null;
        }
        catch (InferenceException e)
        {
            return e;
        }
        catch (Exception e)
        {
            return new InferenceException(ErrorCode.ExecutionFailed, ErrorText.Bound($"{label}: the run failed: {e.Message}"), e);
        }
    }

    public void Succeed(TensorSet outputs) => _answer.SetResult(outputs);

    public void Fail(InferenceException error) => _answer.SetException(error);

    public override void OnDue(long now) => _executor.Expire(this, now);

    void IDeviceWork.Execute() => _executor.RunOnWorker(this);

    void IDeviceWork.Abandon() => _executor.Abandon(this);

    TensorSet IValueTaskSource<TensorSet>.GetResult(short token) => _answer.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<TensorSet>.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<TensorSet>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _answer.OnCompleted(continuation, state, token, flags);

    private void OnCancelled() => _executor.Stop(this, StopReason.Cancelled);
}
