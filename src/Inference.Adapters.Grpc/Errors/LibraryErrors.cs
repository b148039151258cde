using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Inference.Adapters.Grpc.Calls;
using Inference.Adapters.Grpc.Infer.Wire;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Services.Infer;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Errors;

/// <summary>
/// Says properly what the gRPC library finds wrong before an interceptor runs, or after it: a message that is too large or
/// cannot be read gets a status that names the remedy. Thread-safe.
/// </summary>
internal sealed class LibraryErrors(GrpcAdapterOptions options, InferenceService inference, ILogger<LibraryErrors> logger)
{
    /// <summary>What the library says of a message above the limit; the only thing that tells it from other refusals.</summary>
    public const string TooLargeText = "Received message exceeds the maximum configured message size.";

    /// <summary>What is said of a body that is no gRPC message.</summary>
    public const string NotOneMessage = "the request cannot be read as one gRPC message: its five bytes of header or its compression are broken.";

    // How the library begins when a frame announces more than it can count; it goes no further with such a call.
    private const string UncountableText = "Message too large";
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";
    private static readonly string InferenceService = $"/{GRPCInferenceService.Descriptor.FullName}/";

    /// <summary>The error of a frame that announces 2 GiB or more; null for other exceptions.</summary>
    public static InferenceException? Uncountable(Exception? exception) =>
        exception is IOException && exception.Message.StartsWith(UncountableText, StringComparison.Ordinal)
            ? new InferenceException(ErrorCode.MessageTooLarge, "the request message is announced with 2 GiB or more, which no message may have; send less at once.", exception)
            : null;

    /// <summary>Corrects the status of a call that the library has ended.</summary>
    public void Correct(HttpContext http)
    {
        if (http.Features.Get<IServerCallContextFeature>()?.ServerCallContext is not { Status.StatusCode: not StatusCode.OK } call)
            return;
        if (call.Status is { StatusCode: StatusCode.ResourceExhausted, Detail: TooLargeText })
            Refuse(http, call, new InferenceException(ErrorCode.MessageTooLarge, TooLarge(call)));
        else if (call.Status.StatusCode == StatusCode.Unknown && !http.RequestAborted.IsCancellationRequested)
            Explain(http, call);
    }

    // Unknown is never an answer of ours, so it is the library's word for an exception that it did not expect.
    private void Explain(HttpContext http, ServerCallContext call)
    {
        switch (call.Status.DebugException)
        {
            case InferenceException refusal:
                Refuse(http, call, refusal);
                break;
            case var uncountable when Uncountable(uncountable) is { } error:
                Refuse(http, call, error);
                break;
            case InvalidProtocolBufferException when !http.Response.HasStarted:
                Refuse(http, call, InferenceException.InvalidArgument(WireReader.NotProtobuf));
                break;
            case InvalidDataException or IOException when !http.Response.HasStarted:
                Refuse(http, call, InferenceException.InvalidArgument(NotOneMessage));
                break;
            case var gone when gone is IOException or OperationCanceledException || GoneClient.ClosedTheWay(gone):
                const string broke = "the connection broke.";
                logger.CallRefused(call.Method, broke);
                Replace(http, StatusTable.Status(ErrorCode.Cancelled, broke));
                break;
            case var defect:
                logger.AnswerBroke(defect, call.Method);
                Replace(http, StatusTable.Status(ErrorCode.Internal, "the server failed to answer this call; its log has the details."));
                break;
        }
    }

    // The request was not read, so nobody else knows of it.
    private void Refuse(HttpContext http, ServerCallContext call, InferenceException error)
    {
        if (call.Method == InferMethod.Path)
            inference.CountRejected(string.Empty, error);
        else
            logger.CallRefused(call.Method, error.Message);
        var status = StatusTable.Status(error.Code, error.Message);
        Replace(http, status, RetryPushback.Of(error), RetryDetails.Of(status, error));
    }

    private string TooLarge(ServerCallContext call) => !call.Method.StartsWith(InferenceService, StringComparison.Ordinal)
        ? $"the request message is larger than {GrpcAdapter.MostBytesOfSmallServices} bytes, the limit of this service."
        : $"the request message is larger than the limit of {options.MaxMessageBytes} bytes (Server:MaxMessageBytes), which also holds after decompression; send less at once or raise the limit.";

    private static void Replace(HttpContext http, Status status, string? pushback = null, Google.Rpc.Status? details = null)
    {
        var trailers = http.Response.HasStarted ? http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : http.Response.Headers;
        if (trailers is null or { IsReadOnly: true })
            return;
        trailers[StatusHeader] = ((int)status.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        trailers[MessageHeader] = status.Detail;
        if (pushback is not null)
            trailers[RetryPushback.Key] = pushback;
        if (details is not null)
            trailers[RetryDetails.Key] = Convert.ToBase64String(details.ToByteArray());
    }
}
