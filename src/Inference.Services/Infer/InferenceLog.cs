using Inference.Core.Logging;
using Inference.Domain;
using Inference.Services.Pipelines;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Infer;

/// <summary>Log events of inference requests.</summary>
internal static partial class InferenceLog
{
    private static readonly Func<ILogger, string, string, string, IDisposable?> RequestScope =
        LoggerMessage.DefineScope<string, string, string>("request {RequestId} model {Model} version {Version}");

    /// <summary>
    /// Opens the request's scope, with the names as the client gave them, bounded; unless nobody would see it. Opened where a
    /// request has something to log, not around all of it: a scope would cost every request, and what runs in
    /// between (components, the runtime) has no log of its own.
    /// </summary>
    public static IDisposable? BeginRequest(this ILogger logger, string requestId, string model, string version) =>
        logger.IsEnabled(LogLevel.Warning)
            ? RequestScope(logger, ErrorText.Bound(requestId), ErrorText.Bound(model), ErrorText.Bound(version))
            : null;

    /// <summary>A defect is an error; a caller's mistake is only worth a line when somebody looks for it.</summary>
    /// <param name="logger">Log.</param>
    /// <param name="error">Why the request was not answered.</param>
    /// <param name="warnings">The pipeline's: a caller may be able to make its model fail at will.</param>
    public static void RequestFailed(this ILogger logger, InferenceException error, LogThrottle warnings)
    {
        if (error.Code is ErrorCode.Internal)
            logger.RequestBroke(error.InnerException ?? error, error.Message);
        else if (error.Code is not ErrorCode.ExecutionFailed)
            logger.RequestNotAnswered(error.Code, error.Message);
        else if (warnings.TryTake(out var heldBack))
            logger.ExecutionFailed(error.Message, heldBack);
    }

    [LoggerMessage(EventIds.Inference + 1, LogLevel.Error, "Request failed in the server: {Message}")]
    private static partial void RequestBroke(this ILogger logger, Exception exception, string message);

    [LoggerMessage(EventIds.Inference + 2, LogLevel.Warning, "Model failed on a request: {Message} ({HeldBack} such lines held back before)")]
    private static partial void ExecutionFailed(this ILogger logger, string message, long heldBack);

    [LoggerMessage(EventIds.Inference + 3, LogLevel.Debug, "Request ended with {Code}: {Message}")]
    private static partial void RequestNotAnswered(this ILogger logger, ErrorCode code, string message);

    [LoggerMessage(EventIds.Inference + 4, LogLevel.Debug, "Request was turned away with {Code}: {Message}")]
    public static partial void RequestRejected(this ILogger logger, ErrorCode code, string message);
}
