using Grpc.Core;

namespace Inference.Adapters.Cli.Bench.Http2;

/// <summary>What a load needs to know of the headers or trailers of an answer.</summary>
/// <param name="Http">HTTP status; 0 where there is none, as in trailers.</param>
/// <param name="Grpc">gRPC status; null where there is none.</param>
/// <param name="Message">Text of the gRPC status.</param>
internal sealed record ResponseHead(int Http, int? Grpc, string Message)
{
    private const int HttpOk = 200;

    public static ResponseHead None { get; } = new(0, null, string.Empty);

    /// <summary>How a call ended whose last header block this is.</summary>
    /// <param name="http">HTTP status of the headers before, 0 where these are the only ones.</param>
    public Status Ended(int http)
    {
        if (Grpc is { } code)
            return code == 0 ? global::Grpc.Core.Status.DefaultSuccess : new Status(Enum.IsDefined((StatusCode)code) ? (StatusCode)code : StatusCode.Unknown, Message);
        var seen = Http == 0 ? http : Http;
        return seen is 0 or HttpOk
            ? new Status(StatusCode.Internal, "the answer ended without a gRPC status.")
            : new Status(OfHttp(seen), $"the server answered with HTTP status {seen}, as no gRPC server does.");
    }

    // As gRPC maps them for clients that talk to something else.
    private static StatusCode OfHttp(int http) => http switch
    {
        400 => StatusCode.Internal,
        401 => StatusCode.Unauthenticated,
        403 => StatusCode.PermissionDenied,
        404 => StatusCode.Unimplemented,
        429 or 502 or 503 or 504 => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };
}
