using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.Queue;

/// <summary>What the queue has to say to an operator.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(EventIds.Infra + 100, LogLevel.Warning, "{Model}: output {Output} does not have a row for each row of its inputs, so its requests do not share runs from now on. Say so with 'batching: off' in its pipeline.yaml.")]
    public static partial void NotRowByRow(ILogger logger, string model, string output);
}
