using Google.Protobuf;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Errors;

/// <summary>
/// Says properly what the gRPC library finds wrong before an interceptor runs, or after it: a message that is too large or
/// cannot be read gets a status that names the remedy. Thread-safe.
/// </summary>
internal sealed class LibraryErrors(GrpcAdapterOptions options, ILogger<LibraryErrors> logger)
{
    /// <summary>What the library says of a message above the limit; the only thing that tells it from other refusals.</summary>
    public const string TooLargeText = "Received message exceeds the maximum configured message size.";

    private const string NotProtobuf =
        "the request message is not a valid Protobuf message of the method's request type; it is truncated or its lengths do not add up.";

    private const string NotOneMessage = "the request cannot be read as one gRPC message: its five bytes of header or its compression are broken.";
    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";
    private static readonly string InferenceService = $"/{GRPCInferenceService.Descriptor.FullName}/";

    /// <summary>The endpoint with its errors corrected.</summary>
    public RequestDelegate Wrap(RequestDelegate endpoint) => http =>
    {
        var call = endpoint(http);
        if (!call.IsCompletedSuccessfully)
            return AwaitAsync(call, http);
        Correct(http);
        return Task.CompletedTask;
    };

    private async Task AwaitAsync(Task call, HttpContext http)
    {
        await call;
        Correct(http);
    }

    private void Correct(HttpContext http)
    {
        if (http.Features.Get<IServerCallContextFeature>()?.ServerCallContext is not { Status.StatusCode: not StatusCode.OK } call)
            return;
        if (call.Status is { StatusCode: StatusCode.ResourceExhausted, Detail: TooLargeText })
            Replace(http, Refused(call, ErrorCode.MessageTooLarge, TooLarge(call)));
        else if (call.Status.StatusCode == StatusCode.Unknown && !http.RequestAborted.IsCancellationRequested)
            Replace(http, Explain(http, call));
    }

    // Unknown is never an answer of ours, so it is the library's word for an exception that it did not expect.
    private Status Explain(HttpContext http, ServerCallContext call)
    {
        switch (call.Status.DebugException)
        {
            case InferenceException refusal:
                return Refused(call, refusal.Code, refusal.Message);
            case InvalidProtocolBufferException when !http.Response.HasStarted:
                return Refused(call, ErrorCode.InvalidArgument, NotProtobuf);
            case InvalidDataException or IOException when !http.Response.HasStarted:
                return Refused(call, ErrorCode.InvalidArgument, NotOneMessage);
            case IOException or OperationCanceledException:
                return Refused(call, ErrorCode.Cancelled, "the connection broke.");
            case var defect:
                logger.AnswerBroke(defect, call.Method);
                return StatusTable.Status(ErrorCode.Internal, "the server failed to answer this call; its log has the details.");
        }
    }

    private Status Refused(ServerCallContext call, ErrorCode code, string reason)
    {
        logger.CallRefused(call.Method, reason);
        return StatusTable.Status(code, reason);
    }

    private string TooLarge(ServerCallContext call) => !call.Method.StartsWith(InferenceService, StringComparison.Ordinal)
        ? $"the request message is larger than {GrpcAdapter.MostBytesOfSmallServices} bytes, the limit of this service."
        : $"the request message is larger than the limit of {options.MaxMessageBytes} bytes (Server:MaxMessageBytes), which also holds after decompression; send less at once or raise the limit.";

    private static void Replace(HttpContext http, Status status)
    {
        var trailers = http.Response.HasStarted ? http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : http.Response.Headers;
        if (trailers is null or { IsReadOnly: true })
            return;
        trailers[StatusHeader] = ((int)status.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        trailers[MessageHeader] = status.Detail;
    }
}
