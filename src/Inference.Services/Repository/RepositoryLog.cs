using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Repository;

/// <summary>Log events of the model repository.</summary>
internal static partial class RepositoryLog
{
    [LoggerMessage(EventIds.Repository + 1, LogLevel.Information, "Found {Models} models with {Versions} versions in {Location}")]
    public static partial void Discovered(this ILogger logger, int models, int versions, string location);

    [LoggerMessage(EventIds.Repository + 2, LogLevel.Information, "Repository loaded in {Seconds:F2} s on {Threads} threads: {Ready} pipelines ready, {Failed} failed")]
    public static partial void AllLoaded(this ILogger logger, double seconds, int ready, int failed, int threads);

    [LoggerMessage(EventIds.Repository + 3, LogLevel.Debug, "Loaded {Pipeline} on {Device} in {Milliseconds:F1} ms")]
    public static partial void Loaded(this ILogger logger, string pipeline, string device, double milliseconds);

    [LoggerMessage(EventIds.Repository + 4, LogLevel.Error, "Loading {Pipeline} failed: {Reason}")]
    public static partial void LoadFailed(this ILogger logger, string pipeline, string reason);

    [LoggerMessage(EventIds.Repository + 5, LogLevel.Warning, "Model {Model}: {Problem}")]
    public static partial void ModelProblem(this ILogger logger, string model, string problem);

    [LoggerMessage(EventIds.Repository + 6, LogLevel.Warning, "Warm-up of {Pipeline} failed, it serves all the same: {Reason}")]
    public static partial void WarmupFailed(this ILogger logger, string pipeline, string reason);

    [LoggerMessage(EventIds.Repository + 7, LogLevel.Warning, "Configuration of model {Model}: {Warning}")]
    public static partial void ConfigurationWarning(this ILogger logger, string model, string warning);

    [LoggerMessage(EventIds.Repository + 8, LogLevel.Error, "Loading {Pipeline} failed in the server")]
    public static partial void LoadBroke(this ILogger logger, Exception exception, string pipeline);

    [LoggerMessage(EventIds.Repository + 9, LogLevel.Information, "All pipelines unloaded")]
    public static partial void AllUnloaded(this ILogger logger);

    [LoggerMessage(EventIds.Repository + 10, LogLevel.Warning, "{Pipeline} was not unloaded in time: requests still hold it, or its resources are still being freed")]
    public static partial void UnloadTimedOut(this ILogger logger, string pipeline);

    [LoggerMessage(EventIds.Repository + 11, LogLevel.Information, "Loading {Pipeline} was given up, since the server stops")]
    public static partial void LoadGivenUp(this ILogger logger, string pipeline);
}
