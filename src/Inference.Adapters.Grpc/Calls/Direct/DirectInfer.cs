using Grpc.Core;
using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Tracing;
using Inference.Domain;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Calls.Direct;

/// <summary>
/// Answers a ModelInfer without the gRPC library: its tensors are read while they arrive, and written while they leave. Behaves
/// as the library does, and leaves to it what is not ordinary. Thread-safe.
/// </summary>
internal sealed class DirectInfer(UnaryInference inference, ErrorInterceptor errors, GrpcAdapterOptions options, ILogger<DirectInfer> logger)
{
    private const string ContentType = "application/grpc";

    /// <summary>Answers a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="resources">What it holds.</param>
    /// <returns>False where nothing was done, and the library has to answer.</returns>
    public async Task<bool> TryAnswerAsync(DirectCall call, CallResources resources)
    {
        var http = call.Http;
        try
        {
            if (await ReadAsync(call, resources) is not { } request)
                return false;
            http.Response.ContentType = ContentType;
            call.Pace?.Called(request.ModelName, call.Deadline - DateTime.UtcNow);
            var answer = await inference.AnswerAsync(request, resources, call.Deadline, call.Cancellation);
            if (!answer.IsAnswered)
            {
                if (answer.Error.Code == ErrorCode.Overloaded)
                    call.Pace?.Refused();
                Fail(call, answer.Error);
                return true;
            }

            if (resources.Span?.TraceParent is { } span)
                http.Response.Headers[CallSpans.ResponseHeader] = span;
            await http.Response.StartAsync(CancellationToken.None);
            if (await MessageWriter.WriteAsync(answer.Message, http, call.Cancellation))
                StatusTrailers.Succeed(http, answer.Timing);
        }
        catch (Exception e)
        {
            Fail(call, e);
        }

        return true;
    }

    private async ValueTask<InferCall?> ReadAsync(DirectCall call, CallResources resources)
    {
        try
        {
            return await MessageReader.ReadAsync(call.Http.Request.BodyReader, resources, options.MaxMessageBytes, call.Cancellation);
        }
        catch (InferenceException e) when (e.Code == ErrorCode.Overloaded)
        {
            inference.CountUnread(e);
            throw;
        }
    }

    private void Fail(DirectCall call, Exception exception)
    {
        var http = call.Http;
        var error = Convert(call, exception);
        http.Response.ContentType ??= ContentType;
        StatusTrailers.Fail(http, error);

        // Part of the message may be on its way to a client that does not read it.
        if (http.Response.HasStarted && error.StatusCode is StatusCode.DeadlineExceeded or StatusCode.Cancelled)
            StreamReset.Cancel(http);
    }

    private RpcException Convert(DirectCall call, Exception exception)
    {
        if (exception is not (InferenceException or OperationCanceledException) && IsGone(call, exception))
        {
            exception = new InferenceException(ErrorCode.Cancelled, "the connection broke.", exception);
            logger.CallRefused(InferMethod.Path, exception.Message);
        }

        return errors.Convert(exception, InferMethod.Path, call.HasExpired ? DateTime.MinValue : call.Deadline, streamed: false, call.Cancellation);
    }

    private static bool IsGone(DirectCall call, Exception exception) =>
        exception is IOException || GoneClient.ClosedTheWay(exception) || call.Cancellation.IsCancellationRequested;
}
