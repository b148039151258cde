using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Inference.Adapters.Grpc.Calls.Direct;

/// <summary>Ends the HTTP/2 stream of a call, of which nothing more is sent.</summary>
internal static class StreamReset
{
    // The error code of HTTP/2 that gRPC takes for a call that was cancelled.
    private const int Cancelled = 8;

    /// <summary>Ends the stream as one that nobody needs any more; does nothing where it has ended. Thread-safe.</summary>
    /// <param name="http">The call's <see cref="HttpContext"/>.</param>
    public static void Cancel(object? http) => ((HttpContext)http!).Features.Get<IHttpResetFeature>()?.Reset(Cancelled);
}
