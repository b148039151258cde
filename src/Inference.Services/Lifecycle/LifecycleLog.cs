using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Lifecycle;

/// <summary>Log events of start and stop.</summary>
internal static partial class LifecycleLog
{
    [LoggerMessage(EventIds.Lifecycle + 1, LogLevel.Information, "Ready")]
    public static partial void Ready(this ILogger logger);

    [LoggerMessage(EventIds.Lifecycle + 2, LogLevel.Information, "Stopping: not ready any more, still serving for {Seconds} s")]
    public static partial void Grace(this ILogger logger, double seconds);

    [LoggerMessage(EventIds.Lifecycle + 3, LogLevel.Information, "Draining: {InFlight} requests under way, at most {Seconds:F0} s left")]
    public static partial void Draining(this ILogger logger, int inFlight, double seconds);

    [LoggerMessage(EventIds.Lifecycle + 4, LogLevel.Warning, "Drain deadline passed: {InFlight} requests are cut off")]
    public static partial void CutOff(this ILogger logger, int inFlight);

    [LoggerMessage(EventIds.Lifecycle + 5, LogLevel.Information, "Drained")]
    public static partial void Drained(this ILogger logger);

    [LoggerMessage(EventIds.Lifecycle + 6, LogLevel.Critical, "Loading the repository broke; the server stops")]
    public static partial void LoadingBroke(this ILogger logger, Exception exception);

    [LoggerMessage(EventIds.Lifecycle + 7, LogLevel.Information, "Stopped")]
    public static partial void Stopped(this ILogger logger);

    [LoggerMessage(EventIds.Lifecycle + 8, LogLevel.Warning, "Stopping without waiting on: a model is still being loaded")]
    public static partial void LoadingLeft(this ILogger logger);
}
