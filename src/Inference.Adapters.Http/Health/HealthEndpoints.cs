using Inference.Core.Lifecycle;
using Inference.Services.Health;
using Microsoft.AspNetCore.Http;

namespace Inference.Adapters.Http.Health;

/// <summary>The probes of an orchestrator: 200 or 503, with the reason as text for the person who looks.</summary>
internal static class HealthEndpoints
{
    public static Task LiveAsync(HttpContext http, HealthService health) =>
        WriteAsync(http, health.IsLive, health.IsLive ? "live" : "not live: the server has stopped");

    public static Task ReadyAsync(HttpContext http, HealthService health, ServerLifecycle lifecycle)
    {
        // The answer is the service's; the phase may move on before it is read and is only for the text.
        var ready = health.IsReady;
        return WriteAsync(http, ready, ready ? "ready" : $"not ready: {Reason(lifecycle.Phase)}");
    }

    private static string Reason(ServerPhase phase) => phase switch
    {
        ServerPhase.Starting => "the server is starting, models are being loaded",
        ServerPhase.Grace => "the server is about to stop; it still serves, but send new requests elsewhere",
        ServerPhase.Draining => "the server is stopping and finishes the requests under way",
        ServerPhase.Stopped => "the server has stopped",
        _ => "the server has just become ready; ask again",
    };

    private static Task WriteAsync(HttpContext http, bool healthy, string text)
    {
        http.Response.StatusCode = healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsync(text + "\n", http.RequestAborted);
    }
}
