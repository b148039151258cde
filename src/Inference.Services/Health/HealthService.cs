using Inference.Core.Lifecycle;
using Inference.Domain.Registry;
using Inference.Services.Repository;
using Inference.Services.Routing;

namespace Inference.Services.Health;

/// <summary>Says whether the server and its models serve, and tells when that may have changed. Thread-safe.</summary>
public sealed class HealthService
{
    private readonly ServerLifecycle _lifecycle;
    private readonly PipelineRegistry _registry;
    private readonly RoutingService _routing;

    /// <summary>Creates the service.</summary>
    public HealthService(ServerLifecycle lifecycle, PipelineRegistry registry, RoutingService routing, RepositoryService repository)
    {
        _lifecycle = lifecycle;
        _registry = registry;
        _routing = routing;
        lifecycle.PhaseChanged += _ => Changed?.Invoke();
        repository.StateChanged += _ => Changed?.Invoke();
    }

    /// <summary>Raised when an answer below may have changed; handlers must be quick.</summary>
    public event Action? Changed;

    /// <summary>The process works; false only when it has stopped.</summary>
    public bool IsLive => _lifecycle.Phase != ServerPhase.Stopped;

    /// <summary>The server should be sent requests: it has loaded its repository and is not stopping.</summary>
    public bool IsReady => _lifecycle.Phase == ServerPhase.Running;

    /// <summary>A version serves: a request for it is answered, if need be once it has been loaded for it.</summary>
    /// <exception cref="Domain.InferenceException">ModelNotFound, VersionNotFound, VersionRequired.</exception>
    public bool IsModelReady(string name, string version) => _routing.Resolve(name, version).IsServable;

    /// <summary>At least one version of the model serves and the server is ready; null where the model is not known.</summary>
    public bool? IsModelServing(string name) =>
        _registry.Find(name) is { } model ? IsReady && model.Versions.Any(v => v.IsServable) : null;
}
