using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Errors;

/// <summary>Log events of the gRPC adapter.</summary>
internal static partial class GrpcLog
{
    [LoggerMessage(EventIds.Grpc + 1, LogLevel.Error, "Call {Method} failed in the server")]
    public static partial void CallBroke(this ILogger logger, Exception exception, string method);

    [LoggerMessage(EventIds.Grpc + 2, LogLevel.Debug, "Call {Method} was not read or not answered: {Reason}")]
    public static partial void CallRefused(this ILogger logger, string method, string reason);

    [LoggerMessage(EventIds.Grpc + 3, LogLevel.Error, "Answer to {Method} could not be written")]
    public static partial void AnswerBroke(this ILogger logger, Exception? exception, string method);

    [LoggerMessage(EventIds.Grpc + 20, LogLevel.Information, "Connection {Connection}: calls were still under way {Seconds} s after its age (Server:ConnectionGraceSeconds) and are cut off")]
    public static partial void ConnectionCutOff(this ILogger logger, string connection, double seconds);

    [LoggerMessage(EventIds.Grpc + 21, LogLevel.Warning, "Connection {Connection}: the client sent more than {Most} pings (Server:MaxIdlePings) while nothing else moved, and is asked to go")]
    public static partial void TooManyPings(this ILogger logger, string connection, int most);

    [LoggerMessage(EventIds.Grpc + 22, LogLevel.Information, "Connection {Connection}: its calls had not ended {Seconds} s after the client had gone; nobody waits for them any more")]
    public static partial void ConnectionUnended(this ILogger logger, string connection, double seconds);

    [LoggerMessage(EventIds.Grpc + 23, LogLevel.Warning, "This version of the runtime has no sockets that are read by the threads that learn of their bytes: large tensors take about a tenth longer")]
    public static partial void SocketsNotReady(this ILogger logger);
}
