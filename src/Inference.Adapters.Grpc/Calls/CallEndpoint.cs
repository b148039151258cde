using Inference.Adapters.Grpc.Calls.Direct;
using Inference.Adapters.Grpc.Connections;
using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Grpc.Streams;
using Inference.Adapters.Grpc.Tracing;
using Inference.Core.Lifecycle;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>
/// Stands around every call of the gRPC library, and does what must not depend on how far the library gets with it: counts
/// the bytes of inference requests, cuts off what is open when the server's time to stop is over, corrects errors. Thread-safe.
/// </summary>
internal sealed class CallEndpoint(IServiceProvider services, DirectInfer direct, LibraryErrors errors, RequestBudget budget, ServerLifecycle lifecycle, CallSpans spans)
{
    // The whole connection: after the end of one stream the web server would wait for the client to end it, too, and clients
    // take a broken connection for what it is, a server that went away.
    private static readonly Action<object?> Abort = http => ((HttpContext)http!).Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();

    // One for all calls: the services are singletons, and a scope for each call would cost more than most of its parts.
    private readonly ServicesWithoutScope _services = new(services);

    /// <summary>The endpoint with all this around it.</summary>
    /// <param name="endpoint">The library's.</param>
    /// <param name="path">Path of its calls; null where it takes several.</param>
    public RequestDelegate Wrap(RequestDelegate endpoint, string? path)
    {
        if (path == InferMethod.Path)
            return http => InferAsync(endpoint, http);
        return path == InferMethod.StreamPath ? http => StreamAsync(endpoint, http) : http => AroundAsync(endpoint, http);
    }

    private async Task InferAsync(RequestDelegate endpoint, HttpContext http)
    {
        using var cutOff = lifecycle.CutOff.UnsafeRegister(Abort, http);
        await BeganAsync(http);
        var resources = new CallResources(budget, lifecycle) { Span = spans.Arrive(http) };
        http.Response.RegisterForDispose(resources);
        try
        {
            if (DirectCall.Begin(http) is { } call)
            {
                using (call)
                {
                    if (await direct.TryAnswerAsync(call, resources))
                        return;
                }
            }

            CallTimeout.DropOverlong(http.Request.Headers);
            InferExchange.Begin(http, resources);
            http.Features.Set<IServiceProvidersFeature>(_services);
            await endpoint(http);
            errors.Correct(http);
        }
        finally
        {
            resources.EndRequest();
            if (resources.Span is { } span)
                CallSpans.End(span, http);
        }
    }

    private async Task StreamAsync(RequestDelegate endpoint, HttpContext http)
    {
        using var body = StreamBody.Replace(http, budget);
        await AroundAsync(endpoint, http);
    }

    private async Task AroundAsync(RequestDelegate endpoint, HttpContext http)
    {
        using var cutOff = lifecycle.CutOff.UnsafeRegister(Abort, http);
        await BeganAsync(http);
        CallTimeout.DropOverlong(http.Request.Headers);
        await endpoint(http);
        errors.Correct(http);
    }

    // Absent where a test has no connection.
    private static ValueTask BeganAsync(HttpContext http) => http.Features.Get<Farewell>()?.CallBeganAsync() ?? default;

    private sealed class ServicesWithoutScope(IServiceProvider root) : IServiceProvidersFeature
    {
        public IServiceProvider RequestServices
        {
            get => root;
            set => throw new NotSupportedException("The services of inference calls are shared by all of them.");
        }
    }
}
