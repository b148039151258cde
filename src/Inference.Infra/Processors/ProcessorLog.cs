using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.Processors;

/// <summary>What is said of threads and processors.</summary>
internal static partial class ProcessorLog
{
    [LoggerMessage(EventId = EventIds.Infra + 120, Message = "Other programs keep the processors busy: a thread that woke waited {Milliseconds:F1} ms for one. Threads that answer take them at once until it is over", EventName = "ProcessorsCrowded")]
    public static partial void Crowded(ILogger logger, LogLevel level, double milliseconds);

    [LoggerMessage(EventIds.Infra + 121, LogLevel.Debug, "Other programs leave room on the processors again: a thread that woke waited {Milliseconds:F1} ms. Threads that answer wait for them from now on")]
    public static partial void Calm(ILogger logger, double milliseconds);

    [LoggerMessage(EventIds.Infra + 122, LogLevel.Debug, "The system does not tell how long threads wait for a processor, or lets them have no policy: they stay as they are")]
    public static partial void NotPossible(ILogger logger);

    [LoggerMessage(EventIds.Infra + 123, LogLevel.Warning, "Threads that answer take processors at once from now on, since how long they wait for one cannot be found out any more")]
    public static partial void LookingBroke(ILogger logger, Exception error);
}
