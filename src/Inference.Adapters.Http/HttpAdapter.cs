using Inference.Adapters.Http.Debug;
using Inference.Adapters.Http.Health;
using Inference.Adapters.Http.Metrics;
using Inference.Core.Lifecycle;
using Inference.Core.Telemetry;
using Inference.Domain.Tensors;
using Inference.Services.Health;
using Inference.Services.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Inference.Adapters.Http;

/// <summary>
/// The HTTP adapter: health probes and metrics. Whoever composes the server decides which listener answers which, such as by
/// mapping onto a group with <c>RequireHost("*:8002")</c>.
/// </summary>
public static class HttpAdapter
{
    // Some balancers ask without wanting the text.
    private static readonly string[] Probes = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Registers the metrics as <see cref="IInferenceMetrics"/>, <see cref="IServerMetrics"/>, <see cref="ICacheMetrics"/> and
    /// <see cref="IStoreMetrics"/>. Needs <see cref="ServerLifecycle"/> and, for the probes,
    /// <see cref="HealthService"/> in the container; tells of accelerators where there is an <see cref="IDeviceTelemetry"/>, and of native memory where there is an <see cref="INativeMemory"/>.
    /// </summary>
    public static IServiceCollection AddHttpAdapter(this IServiceCollection services)
    {
        services.AddSingleton(provider =>
        {
            var metrics = new PrometheusInferenceMetrics(provider.GetRequiredService<ServerLifecycle>(), TensorPool.Shared, provider.GetRequiredService<TimeProvider>());
            if (provider.GetService<IDeviceTelemetry>() is { } devices)
                DeviceGauges.Register(metrics.Registry, devices);
            if (provider.GetService<INativeMemory>() is { } memory)
                MemoryMetrics.Register(metrics.Registry, memory);
            return metrics;
        });
        services.AddSingleton<IInferenceMetrics>(provider => provider.GetRequiredService<PrometheusInferenceMetrics>());
        services.AddSingleton<IServerMetrics>(provider => new PrometheusServerMetrics(provider.GetRequiredService<PrometheusInferenceMetrics>().Registry));
        services.AddSingleton<ICacheMetrics>(provider => new PrometheusCacheMetrics(provider.GetRequiredService<PrometheusInferenceMetrics>().Registry));
        services.AddSingleton<IStoreMetrics>(provider => new PrometheusStoreMetrics(provider.GetRequiredService<PrometheusInferenceMetrics>().Registry));
        services.AddSingleton<MetricsEndpoint>();
        return services;
    }

    /// <summary>
    /// GET or HEAD of /livez and /readyz: 200 or 503 with the reason as text. Live is a process that has not stopped; ready is one that
    /// should be sent requests.
    /// </summary>
    public static IEndpointConventionBuilder MapHealth(this IEndpointRouteBuilder endpoints)
    {
        var services = endpoints.ServiceProvider;
        var health = services.GetRequiredService<HealthService>();
        var lifecycle = services.GetRequiredService<ServerLifecycle>();
        var group = endpoints.MapGroup(string.Empty);
        group.MapMethods("/livez", Probes, http => HealthEndpoints.LiveAsync(http, health));
        group.MapMethods("/readyz", Probes, http => HealthEndpoints.ReadyAsync(http, health, lifecycle));
        return group;
    }

    /// <summary>GET /metrics in Prometheus' text format, or in OpenMetrics where the client accepts it.</summary>
    public static IEndpointConventionBuilder MapMetrics(this IEndpointRouteBuilder endpoints)
    {
        var endpoint = endpoints.ServiceProvider.GetRequiredService<MetricsEndpoint>();
        return endpoints.MapGet("/metrics", endpoint.HandleAsync);
    }

    /// <summary>GET /debug: a snapshot of the server as JSON. Needs <see cref="SnapshotService"/> in the container.</summary>
    public static IEndpointConventionBuilder MapDebug(this IEndpointRouteBuilder endpoints)
    {
        var snapshots = endpoints.ServiceProvider.GetRequiredService<SnapshotService>();
        return endpoints.MapGet("/debug", http => DebugEndpoint.HandleAsync(http, snapshots));
    }
}
