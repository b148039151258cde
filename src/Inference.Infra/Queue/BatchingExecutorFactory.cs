using Inference.Domain.Execution;
using Inference.Infra.Queue.Waiting;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.Queue;

/// <summary>Puts a queue with batches in front of the lanes of every artefact that a runtime opens. Thread-safe.</summary>
public sealed class BatchingExecutorFactory : IExecutorFactory
{
    private readonly IModelRuntime _runtime;
    private readonly QueueBudget _budget;
    private readonly TimeSpan _inlineBelow;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Creates it.</summary>
    /// <param name="runtime">Opens artefacts.</param>
    /// <param name="budget">Bytes that may wait in all queues together.</param>
    /// <param name="inlineBelow">
    /// Models whose runs are expected to take less than this run on the caller's thread, since handing over would take longer
    /// than running; zero never does. What is expected is measured, and a model that grows slower is handed over.
    /// </param>
    /// <param name="time">Clock of deadlines and timings.</param>
    /// <param name="logger">Where queues say what an operator must know.</param>
    public BatchingExecutorFactory(IModelRuntime runtime, QueueBudget budget, TimeSpan inlineBelow, TimeProvider time, ILogger<BatchingExecutorFactory> logger)
    {
        _runtime = runtime;
        _budget = budget;
        _inlineBelow = inlineBelow;
        _time = time;
        _logger = logger;
    }

    /// <inheritdoc/>
    public LoadedArtefact Load(string artefactPath, ExecutionOptions options, string label)
    {
        var artefact = _runtime.Open(artefactPath, options, label);
        try
        {
            return new LoadedArtefact(artefact.Spec, new BatchingExecutor(label, artefact, Checked(artefact, options, label), _inlineBelow, _budget, _time, _logger));
        }
        catch
        {
            // It has had no run yet, so that nothing is waited for.
            artefact.Pool.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    // Batches by default are for models whose rows do not depend on each other; who asks for them knows the model.
    private ExecutionOptions Checked(OpenedArtefact artefact, ExecutionOptions options, string label)
    {
        if (!artefact.Spec.HasBatchAxis || !options.Batching.Enabled || !artefact.Pool.TryRent(out var lane))
            return options;
        string? reason;
        try
        {
            reason = RowProbe.Try(artefact.Spec, lane);
        }
        finally
        {
            artefact.Pool.Return(lane);
        }

        if (reason is null)
            return options;
        if (options.Batching.IsAsked)
        {
            QueueLog.RowsDependThoughAsked(_logger, label, reason);
            return options;
        }

        QueueLog.RowsDepend(_logger, label, reason);
        return options with { Batching = options.Batching with { Enabled = false } };
    }
}
