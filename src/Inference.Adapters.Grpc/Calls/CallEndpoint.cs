using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Grpc.Streams;
using Inference.Core.Lifecycle;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>
/// Stands around every call of the gRPC library, and does what must not depend on how far the library gets with it: counts
/// the bytes of inference requests, cuts off what is open when the server's time to stop is over, corrects errors. Thread-safe.
/// </summary>
internal sealed class CallEndpoint(LibraryErrors errors, RequestBudget budget, ServerLifecycle lifecycle)
{
    // The whole connection: after the end of one stream the web server would wait for the client to end it, too, and clients
    // take a broken connection for what it is, a server that went away.
    private static readonly Action<object?> Abort = http => ((HttpContext)http!).Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();

    /// <summary>The endpoint with all this around it.</summary>
    public RequestDelegate Wrap(RequestDelegate endpoint) => async http =>
    {
        using var cutOff = lifecycle.CutOff.UnsafeRegister(Abort, http);
        using var body = Count(http);
        await endpoint(http);
        errors.Correct(http);
    };

    private IDisposable? Count(HttpContext http)
    {
        var path = http.Request.Path.Value;
        if (path == InferMethod.Path)
            return CountedBody.Replace(http, budget);
        return path == InferMethod.StreamPath ? StreamBody.Replace(http, budget) : null;
    }
}
