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
            DefaultQueuePolicy = Policy(queue, queue.PriorityLevels == 1 ? queue.Levels.FirstOrDefault() : null),
        };
        section.PreferredBatchSize.AddRange(batching.PreferredRows);
        if (queue.PriorityLevels == 1)
            return section;
        (section.PriorityLevels, section.DefaultPriorityLevel) = ((ulong)queue.PriorityLevels, (ulong)queue.LevelOf(0));
        foreach (var level in queue.Levels)
            section.PriorityQueuePolicy.Add((ulong)level.Level, Policy(queue, level));
        return section;
    }

    // The protocol counts requests where the server mostly counts rows; of requests with one row each, as many can wait.
    private static ModelQueuePolicy Policy(QueueOptions queue, PriorityLevelOptions? level) => new()
    {
        TimeoutAction = ModelQueuePolicy.Types.TimeoutAction.Reject,
        DefaultTimeoutMicroseconds = Microseconds(level is { Timeout.Ticks: > 0 } ? level.Timeout : queue.Timeout),
        AllowTimeoutOverride = level is not { Override: TimeoutOverride.None },
        MaxQueueSize = uint.CreateSaturating(level switch
        {
            { MaxRequests: > 0 } => level.MaxRequests,
            { MaxRows: > 0 } => level.MaxRows,
            _ => queue.MaxRows,
        }),
    };

    private static ulong Microseconds(TimeSpan time) => (ulong)(time.Ticks / TimeSpan.TicksPerMicrosecond);
}
