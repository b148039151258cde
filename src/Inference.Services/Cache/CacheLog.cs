using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Cache;

/// <summary>Log events of the pipelines in memory.</summary>
internal static partial class CacheLog
{
    [LoggerMessage(EventIds.Cache + 1, LogLevel.Information, "Evicted {Pipeline}, idle for {IdleSeconds:F1} s, which took {Bytes} bytes, because {Reason}: {Held} of {Budget} bytes stay in use")]
    public static partial void Evicted(this ILogger logger, string pipeline, double idleSeconds, long bytes, string reason, long held, long budget);

    [LoggerMessage(EventIds.Cache + 2, LogLevel.Warning, "{Pipeline} is not loaded for the requests that wait for it: {Reason}")]
    public static partial void NoRoom(this ILogger logger, string pipeline, string reason);

    [LoggerMessage(EventIds.Cache + 3, LogLevel.Warning, "Pipelines take {Held} bytes of memory, more than Cache:MemoryBytes ({Budget}), and none may go: all are in use or pinned")]
    public static partial void OverBudget(this ILogger logger, long held, long budget);

    [LoggerMessage(EventIds.Cache + 4, LogLevel.Debug, "{Pipeline} came back {AwaySeconds:F1} s after its eviction, for the {Times}. time in a row, and is spared for {StaySeconds:F1} s")]
    public static partial void Returned(this ILogger logger, string pipeline, double awaySeconds, int times, double staySeconds);

    [LoggerMessage(EventIds.Cache + 5, LogLevel.Error, "Looking at the memory of pipelines failed in the server; it is tried again")]
    public static partial void LookBroke(this ILogger logger, Exception exception);
}
