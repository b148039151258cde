using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Domain.Routing;

namespace Inference.Services.Routing;

/// <summary>Finds the pipeline that answers a request and takes a lease on it. Thread-safe, lock-free.</summary>
public sealed class RoutingService
{
    private readonly PipelineRegistry _registry;
    private readonly VersionRoute? _default;

    /// <summary>Creates it.</summary>
    /// <param name="registry">All models.</param>
    /// <param name="defaultRoute">Where requests without a version go for models that do not say so themselves; null refuses them.</param>
    public RoutingService(PipelineRegistry registry, VersionRoute? defaultRoute)
    {
        _registry = registry;
        _default = defaultRoute;
    }

    /// <summary>The registry's entry for name and version, whatever its state.</summary>
    /// <exception cref="InferenceException">ModelNotFound, VersionNotFound, VersionRequired.</exception>
    public PipelineEntry Resolve(string name, string version) => VersionRouter.Resolve(_registry.Get(name), version, _default);

    /// <summary>The same, or null where there is none; for a look at a pipeline that is not an answer yet.</summary>
    public PipelineEntry? Find(string name, string version) =>
        _registry.Find(name) is { } model ? VersionRouter.Find(model, version, _default) : null;

    /// <summary>A lease on the pipeline for name and version.</summary>
    /// <exception cref="InferenceException">ModelNotFound, VersionNotFound, VersionRequired, NotReady, LoadFailed.</exception>
    public PipelineLease Acquire(string name, string version)
    {
        var entry = Resolve(name, version);
        while (true)
        {
            if (entry.TryAcquire(out var lease))
                return lease;

            // It may have been replaced since it was found: what replaces it was published before it was closed.
            var next = Resolve(name, version);
            if (ReferenceEquals(next, entry))
                throw Unavailable(entry);
            entry = next;
        }
    }

    /// <summary>Why a pipeline does not serve now.</summary>
    public static InferenceException Unavailable(PipelineEntry entry)
    {
        var (state, reason) = entry.Snapshot;
        if (state == PipelineState.Unloaded)
            return new InferenceException(ErrorCode.NotReady, $"{entry.Key.Describe()} is not loaded; RepositoryModelLoad loads it where the server's control mode is explicit.");
        return state == PipelineState.Failed
            ? new InferenceException(ErrorCode.LoadFailed, $"{entry.Key.Describe()} failed to load: {reason}")
            : new InferenceException(ErrorCode.NotReady, $"{entry.Key.Describe()} is not ready, its state is {state}; try again later.");
    }
}
