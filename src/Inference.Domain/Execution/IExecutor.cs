using Inference.Domain.Tensors;

namespace Inference.Domain.Execution;

/// <summary>
/// Controls execution resources: queue, batches, lanes. Thread-safe: any number of calls may be under way at once; how many
/// really run is the executor's business.
/// </summary>
public interface IExecutor : IAsyncDisposable
{
    /// <summary>What it runs on; fixed for the executor's life.</summary>
    ExecutorInfo Info { get; }

    /// <summary>What waits, and what runs, now.</summary>
    QueueLoad Load { get; }

    /// <summary>Memory that the model takes now, in bytes, as far as the runtime can tell; 0 where it cannot. Grows with what runs need.</summary>
    long MemoryBytes => 0;

    /// <summary>
    /// Answers one request: in a run of its own or together with others. Never blocks the calling thread on inference, but
    /// for runs of microseconds. Ends early where the context's token is cancelled or its deadline passes, also while the
    /// model runs.
    /// </summary>
    /// <param name="inputs">Checked against the model's spec. Stay the caller's and must live until the task is done, even where it fails.</param>
    /// <param name="context">Deadline, cancellation, priority; times and the rows of its run are added to it.</param>
    /// <returns>All outputs of the model in the spec's order, owned by the caller.</returns>
    /// <exception cref="InferenceException">
    /// Overloaded (queue full, or the deadline cannot be met), DeadlineExceeded, Cancelled, InvalidArgument (the runtime
    /// refused the input), ExecutionFailed.
    /// </exception>
    ValueTask<TensorSet> ExecuteAsync(TensorSet inputs, RequestContext context);

    /// <summary>Tells somebody of every run, refusal and early end from now on; one at a time.</summary>
    void Observe(IExecutionObserver observer);
}

/// <summary>What waits in an executor at one moment, and what runs.</summary>
/// <param name="Requests">Requests that wait for a lane.</param>
/// <param name="Rows">Their rows.</param>
/// <param name="Bytes">Their inputs' bytes.</param>
/// <param name="Blocked">Requests of streams that wait for room in the queue.</param>
public readonly record struct QueueLoad(int Requests, long Rows, long Bytes, int Blocked)
{
    /// <summary>Runs under way on the device's threads; those of microseconds on a caller's thread are not among them.</summary>
    public int Running { get; init; }
}
