using Grpc.Core;
using Grpc.Core.Interceptors;
using Inference.Domain;
using Microsoft.Extensions.Logging;
using CallHeaders = Grpc.Core.Metadata;

namespace Inference.Adapters.Grpc.Errors;

/// <summary>
/// The only place that makes a gRPC error: everything that a service throws becomes a status with a bounded text, and
/// nothing of the program's inside gets out. Thread-safe.
/// </summary>
internal sealed class ErrorInterceptor(ILogger<ErrorInterceptor> logger) : Interceptor
{
    private const string Neutral = "the server failed on this call; its log has the details.";

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Convert(e, context, streamed: false);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Convert(e, context, streamed: true);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Convert(e, context, streamed: true);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Convert(e, context, streamed: true);
        }
    }

    /// <summary>The gRPC error of what a method threw.</summary>
    /// <param name="exception">What it threw.</param>
    /// <param name="context">The call.</param>
    /// <param name="streamed">Requests or answers are a stream.</param>
    public RpcException Convert(Exception exception, ServerCallContext context, bool streamed) =>
        Convert(exception, context.Method, context.Deadline, streamed, context.CancellationToken);

    /// <summary>The gRPC error of what a method threw.</summary>
    /// <param name="exception">What it threw.</param>
    /// <param name="method">Path of the method.</param>
    /// <param name="deadline">The call's, in UTC; <see cref="DateTime.MaxValue"/> for none.</param>
    /// <param name="streamed">Requests or answers are a stream.</param>
    /// <param name="cancellation">Cancelled when the caller goes away or the deadline passes.</param>
    public RpcException Convert(Exception exception, string method, DateTime deadline, bool streamed, CancellationToken cancellation)
    {
        exception = LibraryErrors.Uncountable(exception) ?? exception;

        // The deadline cancels the call's token too, so that a service cannot tell the two apart.
        if (IsCancellation(exception, streamed, cancellation))
        {
            return deadline <= DateTime.UtcNow
                ? Error(ErrorCode.DeadlineExceeded, "the call's deadline passed before it was answered.")
                : Error(ErrorCode.Cancelled, "the call was cancelled by its caller.");
        }

        if (exception is InferenceException known)
            return Error(known);
        logger.CallBroke(exception, method);
        return Error(ErrorCode.Internal, Neutral);
    }

    // A stream whose connection breaks shows it as an I/O error, at times before the token is cancelled, and refuses to be read
    // or written after that.
    private static bool IsCancellation(Exception exception, bool streamed, CancellationToken cancellation) => exception switch
    {
        OperationCanceledException or InferenceException { Code: ErrorCode.Cancelled } => cancellation.IsCancellationRequested,
        InvalidOperationException => GoneClient.ClosedTheWay(exception) || (streamed && cancellation.IsCancellationRequested),
        IOException => streamed || cancellation.IsCancellationRequested,
        _ => false,
    };

    private static RpcException Error(InferenceException error)
    {
        var status = StatusTable.Status(error.Code, error.Message);
        if (RetryPushback.Of(error) is not { } wait)
            return new RpcException(status);
        var trailers = new CallHeaders { { RetryPushback.Key, wait } };
        if (RetryDetails.Of(status, error) is { } details)
            trailers.SetRpcStatus(details);
        return new RpcException(status, trailers);
    }

    private static RpcException Error(ErrorCode code, string message) => new(StatusTable.Status(code, message));
}
