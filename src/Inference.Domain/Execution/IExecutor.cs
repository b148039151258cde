using Inference.Domain.Tensors;

namespace Inference.Domain.Execution;

/// <summary>
/// Controls execution resources: sessions, lanes, devices. Decorators add queues and batches. Thread-safe: any number of
/// calls may be under way at once; how many really run is the executor's business.
/// </summary>
public interface IExecutor : IAsyncDisposable
{
    /// <summary>What it runs on; fixed for the executor's life.</summary>
    ExecutorInfo Info { get; }

    /// <summary>
    /// Runs the model once. Never blocks the calling thread on inference. Ends early where the context's token is cancelled
    /// or its deadline passes, also while the model runs.
    /// </summary>
    /// <param name="inputs">Checked against the model's spec. Stay the caller's and must live until the task is done, even where it fails.</param>
    /// <param name="context">Deadline, cancellation, priority; queue and execute times are added to its timings.</param>
    /// <returns>All outputs of the model in the spec's order, owned by the caller.</returns>
    /// <exception cref="InferenceException">
    /// Overloaded (queue full), DeadlineExceeded, Cancelled, InvalidArgument (the runtime refused the input), ExecutionFailed.
    /// </exception>
    ValueTask<TensorSet> ExecuteAsync(TensorSet inputs, RequestContext context);
}
