using System.Globalization;
using Grpc.Core;
using Inference.Adapters.Grpc.Errors;
using Inference.Domain;
using Inference.Services.Tracing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Inference.Adapters.Grpc.Tracing;

/// <summary>Begins and ends the spans of gRPC calls. Thread-safe.</summary>
internal sealed class CallSpans(RequestTracing tracing)
{
    /// <summary>Response header with the span of the call, for whoever has to look for it later.</summary>
    public const string ResponseHeader = "traceresponse";

    private const string StatusHeader = "grpc-status";
    private const string MessageHeader = "grpc-message";

    // By the conventions, those that a server answers for; the others are its caller's affair.
    private static readonly HashSet<StatusCode> Faults =
        [StatusCode.Unknown, StatusCode.DeadlineExceeded, StatusCode.Unimplemented, StatusCode.Internal, StatusCode.Unavailable, StatusCode.DataLoss];

    /// <summary>A call, or a message of a stream, has arrived.</summary>
    /// <returns>Its span, not yet begun; null where nothing is traced.</returns>
    public RequestSpan? Arrive(HttpContext http)
    {
        if (!tracing.IsOn)
            return null;
        var (request, connection) = (http.Request, http.Connection);
        var source = new CallSource(
            request.Path.Value!.TrimStart('/'), request.Host.Host, request.Host.Port, connection.RemoteIpAddress?.ToString(), connection.RemoteIpAddress is null ? null : connection.RemotePort);
        return tracing.Arrive(source, request.Headers.TraceParent, request.Headers.TraceState);
    }

    /// <summary>The call is over: its status stands in the response.</summary>
    public static void End(RequestSpan span, HttpContext http)
    {
        var (status, message) = StatusOf(http);
        End(span, status, message);
    }

    /// <summary>A message of a stream is answered.</summary>
    /// <param name="span">Its span.</param>
    /// <param name="error">Why it is not answered as it should be; null where it is.</param>
    public static void End(RequestSpan span, InferenceException? error)
    {
        if (error is null)
            End(span, StatusCode.OK, string.Empty);
        else
            End(span, StatusTable.Codes.GetValueOrDefault(error.Code, StatusCode.Internal), error.Message);
    }

    private static void End(RequestSpan span, StatusCode status, string message) => span.End(NameOf(status), Faults.Contains(status), message);

    private static (StatusCode Status, string Message) StatusOf(HttpContext http)
    {
        var trailers = http.Features.Get<IHttpResponseTrailersFeature>()?.Trailers;
        var headers = trailers?.ContainsKey(StatusHeader) is true ? trailers : http.Response.Headers;
        if (int.TryParse(headers[StatusHeader], CultureInfo.InvariantCulture, out var status))
            return ((StatusCode)status, Uri.UnescapeDataString(headers[MessageHeader].ToString()));
        return http.RequestAborted.IsCancellationRequested ? (StatusCode.Cancelled, "the caller has gone.") : (StatusCode.Unknown, "the call ended without a status.");
    }

    private static string NameOf(StatusCode status) => status switch
    {
        StatusCode.OK => "OK",
        StatusCode.Cancelled => "CANCELLED",
        StatusCode.InvalidArgument => "INVALID_ARGUMENT",
        StatusCode.DeadlineExceeded => "DEADLINE_EXCEEDED",
        StatusCode.NotFound => "NOT_FOUND",
        StatusCode.AlreadyExists => "ALREADY_EXISTS",
        StatusCode.PermissionDenied => "PERMISSION_DENIED",
        StatusCode.ResourceExhausted => "RESOURCE_EXHAUSTED",
        StatusCode.FailedPrecondition => "FAILED_PRECONDITION",
        StatusCode.Aborted => "ABORTED",
        StatusCode.OutOfRange => "OUT_OF_RANGE",
        StatusCode.Unimplemented => "UNIMPLEMENTED",
        StatusCode.Internal => "INTERNAL",
        StatusCode.Unavailable => "UNAVAILABLE",
        StatusCode.DataLoss => "DATA_LOSS",
        StatusCode.Unauthenticated => "UNAUTHENTICATED",
        _ => "UNKNOWN",
    };
}
