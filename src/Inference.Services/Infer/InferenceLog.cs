using Inference.Core.Logging;
using Inference.Domain;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Infer;

/// <summary>Log events of inference requests.</summary>
internal static partial class InferenceLog
{
    private static readonly Func<ILogger, string, string, string, IDisposable?> RequestScope =
        LoggerMessage.DefineScope<string, string, string>("request {RequestId} model {Model} version {Version}");

    /// <summary>Opens the request's scope, with the names as the client gave them, bounded; unless nobody would see it.</summary>
    public static IDisposable? BeginRequest(this ILogger logger, string requestId, string model, string version) =>
        logger.IsEnabled(LogLevel.Warning)
            ? RequestScope(logger, ErrorText.Bound(requestId), ErrorText.Bound(model), ErrorText.Bound(version))
            : null;

    /// <summary>A defect is an error; a caller's mistake is only worth a line when somebody looks for it.</summary>
    public static void RequestFailed(this ILogger logger, InferenceException error)
    {
        if (error.Code is ErrorCode.Internal)
            logger.RequestBroke(error.InnerException ?? error, error.Message);
        else if (error.Code is ErrorCode.ExecutionFailed)
            logger.ExecutionFailed(error.Message);
        else
            logger.RequestNotAnswered(error.Code, error.Message);
    }

    [LoggerMessage(EventIds.Inference + 1, LogLevel.Error, "Request failed in the server: {Message}")]
    private static partial void RequestBroke(this ILogger logger, Exception exception, string message);

    [LoggerMessage(EventIds.Inference + 2, LogLevel.Warning, "Model failed on a request: {Message}")]
    private static partial void ExecutionFailed(this ILogger logger, string message);

    [LoggerMessage(EventIds.Inference + 3, LogLevel.Debug, "Request ended with {Code}: {Message}")]
    private static partial void RequestNotAnswered(this ILogger logger, ErrorCode code, string message);

    [LoggerMessage(EventIds.Inference + 4, LogLevel.Debug, "Request was turned away with {Code}: {Message}")]
    public static partial void RequestRejected(this ILogger logger, ErrorCode code, string message);
}
