using Inference.Adapters.Protocol;
using Inference.Domain.Execution;
using Inference.Services.Metadata;

namespace Inference.Adapters.Grpc.Metadata;

/// <summary>How requests of a pipeline wait and share runs, in the words of the protocol's model configuration.</summary>
internal static class DynamicBatchingMapper
{
    /// <summary>
    /// True where requests share runs and clients can tell rows by the shapes that they send and get: the first axis of every
    /// external input and output may have any size.
    /// </summary>
    public static bool HasBatches(PipelineMetadata metadata) =>
        metadata.Executor.Batching.Enabled
        && metadata.Model.HasBatchAxis
        && metadata.Inputs.Concat(metadata.Outputs).All(t => t.HasVariableFirstAxis);

    /// <summary>The section.</summary>
    public static ModelDynamicBatching Encode(BatchingOptions batching, QueueOptions queue)
    {
        var section = new ModelDynamicBatching
        {
            MaxQueueDelayMicroseconds = Microseconds(batching.MaxDelay),
            PreserveOrdering = batching.PreserveOrdering,
            DefaultQueuePolicy = Policy(queue.Timeout, queue.MaxRows),
        };
        section.PreferredBatchSize.AddRange(batching.PreferredRows);
        if (queue.PriorityLevels > 1)
            (section.PriorityLevels, section.DefaultPriorityLevel) = ((ulong)queue.PriorityLevels, (ulong)queue.LevelOf(0));
        foreach (var level in queue.Levels)
        {
            section.PriorityQueuePolicy.Add(
                (ulong)level.Level,
                Policy(level.Timeout > TimeSpan.Zero ? level.Timeout : queue.Timeout, level.MaxRows > 0 ? level.MaxRows : queue.MaxRows));
        }

        return section;
    }

    // The protocol counts requests where the server counts rows; of requests with one row each, as many can wait.
    private static ModelQueuePolicy Policy(TimeSpan timeout, long maxRows) => new()
    {
        TimeoutAction = ModelQueuePolicy.Types.TimeoutAction.Reject,
        DefaultTimeoutMicroseconds = Microseconds(timeout),
        AllowTimeoutOverride = true,
        MaxQueueSize = uint.CreateSaturating(maxRows),
    };

    private static ulong Microseconds(TimeSpan time) => (ulong)(time.Ticks / TimeSpan.TicksPerMicrosecond);
}
