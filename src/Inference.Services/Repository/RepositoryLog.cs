using Inference.Core.Logging;
using Inference.Domain.Registry;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Repository;

/// <summary>Log events of the model repository.</summary>
internal static partial class RepositoryLog
{
    [LoggerMessage(EventIds.Repository + 1, LogLevel.Information, "Found {Models} models with {Versions} versions in {Location}")]
    public static partial void Discovered(this ILogger logger, int models, int versions, string location);

    [LoggerMessage(EventIds.Repository + 2, LogLevel.Information, "Repository loaded in {Seconds:F2} s on {Threads} threads: {Ready} pipelines ready, {Failed} failed, {Dormant} wait for their first request")]
    public static partial void AllLoaded(this ILogger logger, double seconds, int ready, int failed, int dormant, int threads);

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

    [LoggerMessage(EventIds.Repository + 12, LogLevel.Debug, "{Pipeline} is {State}")]
    public static partial void StateChanged(this ILogger logger, string pipeline, PipelineState state);

    [LoggerMessage(EventIds.Repository + 13, LogLevel.Information, "{Pipeline} has other content and is loaded beside what serves")]
    public static partial void Reloading(this ILogger logger, string pipeline);

    [LoggerMessage(EventIds.Repository + 14, LogLevel.Information, "{Pipeline} serves its new content; the earlier one goes when its requests have ended")]
    public static partial void Reloaded(this ILogger logger, string pipeline);

    [LoggerMessage(EventIds.Repository + 15, LogLevel.Warning, "{Pipeline} serves its earlier content, since the newer could not be loaded")]
    public static partial void ReloadFailed(this ILogger logger, string pipeline);

    [LoggerMessage(EventIds.Repository + 16, LogLevel.Information, "{Pipeline} was not wanted any more when it had been loaded, and is dropped")]
    public static partial void LoadDropped(this ILogger logger, string pipeline);

    [LoggerMessage(EventIds.Repository + 17, LogLevel.Information, "{Pipeline} is unloaded")]
    public static partial void Unloaded(this ILogger logger, string pipeline);

    [LoggerMessage(EventIds.Repository + 18, LogLevel.Error, "Freeing {Pipeline} failed in the server")]
    public static partial void UnloadBroke(this ILogger logger, Exception exception, string pipeline);

    [LoggerMessage(EventIds.Repository + 19, LogLevel.Error, "The repository cannot be read; what serves goes on serving: {Reason}")]
    public static partial void LookFailed(this ILogger logger, string reason);

    [LoggerMessage(EventIds.Repository + 20, LogLevel.Information, "The repository can be read again")]
    public static partial void LookRecovered(this ILogger logger);

    [LoggerMessage(EventIds.Repository + 21, LogLevel.Error, "Looking at the repository failed in the server; it is tried again")]
    public static partial void LookBroke(this ILogger logger, Exception exception);

    [LoggerMessage(EventIds.Repository + 22, LogLevel.Information, "Following {Location}: a look every {Seconds} s and after file events")]
    public static partial void Watching(this ILogger logger, string location, double seconds);

    [LoggerMessage(EventIds.Repository + 23, LogLevel.Error, "Repository:LoadAtStart names the model '{Model}', which is not in {Location}; put it there and load it by call, or take the name off the option")]
    public static partial void NotThereAtStart(this ILogger logger, string model, string location);

    [LoggerMessage(EventIds.Repository + 24, LogLevel.Error, "The repository cannot be read yet; the server is not ready, and tries again every {Seconds} s: {Reason}")]
    public static partial void NotThereYet(this ILogger logger, string reason, double seconds);

    [LoggerMessage(EventIds.Repository + 25, LogLevel.Information, "Following {Location}: a look every {Seconds} s")]
    public static partial void Polling(this ILogger logger, string location, double seconds);

    [LoggerMessage(EventIds.Repository + 26, LogLevel.Warning, "Loading {Pipeline} goes on with what is in storage now: {Reason}")]
    public static partial void LoadFollows(this ILogger logger, string pipeline, string reason);
}
