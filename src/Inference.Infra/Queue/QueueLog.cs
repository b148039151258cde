using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.Queue;

/// <summary>What the queue has to say to an operator.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(EventIds.Infra + 100, LogLevel.Warning, "{Model}: output {Output} does not have a row for each row of its inputs, so its requests do not share runs from now on. Say so with 'batching: off' in its pipeline.yaml, or with whole shapes and max_batch_size 0 in its config.pbtxt.")]
    public static partial void NotRowByRow(ILogger logger, string model, string output);

    [LoggerMessage(EventIds.Infra + 101, LogLevel.Warning, "{Model}: {Reason}, so its requests do not share runs. Write 'batching: off' to its pipeline.yaml to say so, or 'batching: on' where that is meant to be (in a config.pbtxt, dynamic_batching).")]
    public static partial void RowsDepend(ILogger logger, string model, string reason);

    [LoggerMessage(EventIds.Infra + 102, LogLevel.Warning, "{Model}: {Reason}, though its configuration asks for batches: requests that share a run influence each other's answers.")]
    public static partial void RowsDependThoughAsked(ILogger logger, string model, string reason);
}
