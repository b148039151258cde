using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Domain.Routing;

namespace Inference.Services.Routing;

/// <summary>Finds the pipeline that answers a request and takes a lease on it. Thread-safe; lock-free for what is in memory.</summary>
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

    /// <summary>A lease on the pipeline for name and version, where it is in memory.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="version">Version, label, or empty.</param>
    /// <param name="now">Timestamp of the request: the pipeline's last use.</param>
    /// <param name="lease">The lease.</param>
    /// <exception cref="InferenceException">ModelNotFound, VersionNotFound, VersionRequired.</exception>
    public bool TryAcquire(string name, string version, long now, out PipelineLease lease)
    {
        var entry = Resolve(name, version);
        if (!entry.TryAcquire(out lease))
            return false;
        entry.LastUse = now;
        return true;
    }

    /// <summary>A lease on the pipeline for name and version, once it is in memory; the load goes on where the wait for it ends early.</summary>
    /// <exception cref="InferenceException">
    /// ModelNotFound, VersionNotFound, VersionRequired, NotReady, LoadFailed, Overloaded, DeadlineExceeded, ShuttingDown.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async ValueTask<PipelineLease> AcquireAsync(string name, string version, LoadPatience patience, CancellationToken cancellation)
    {
        var begun = patience.Time.GetTimestamp();
        PipelineEntry? refused = null;
        IPipelineWait? wait = null;
        try
        {
            while (true)
            {
                var entry = Resolve(name, version);
                if (entry.TryAcquire(out var lease))
                {
                    entry.LastUse = patience.Time.GetTimestamp();
                    return lease;
                }

                wait?.Dispose();
                wait = entry.Demand?.Join(entry, patience.MayRefuse);
                if (wait is not null)
                {
                    await WaitAsync(wait, entry, begun, patience, cancellation).ConfigureAwait(false);
                    refused = null;
                }
                else if (ReferenceEquals(entry, refused))
                {
                    throw Unavailable(entry);
                }
                else
                {
                    // It may have been replaced since it was found: what replaces it was published before it was closed.
                    refused = entry;
                }
            }
        }
        finally
        {
            wait?.Dispose();
        }
    }

    /// <summary>Why a pipeline does not serve now.</summary>
    public static InferenceException Unavailable(PipelineEntry entry)
    {
        var (state, reason) = entry.Snapshot;
        if (state == PipelineState.Unloaded)
            return new InferenceException(ErrorCode.NotReady, $"{entry.Key.Describe()} is not loaded; RepositoryModelLoad loads it where the server's control mode is explicit.");
        return state == PipelineState.Failed
            ? new InferenceException(entry.FailureCode, $"{entry.Key.Describe()} failed to load: {reason}")
            : new InferenceException(ErrorCode.NotReady, $"{entry.Key.Describe()} is not ready, its state is {state}; try again later.");
    }

    private static async Task WaitAsync(IPipelineWait wait, PipelineEntry entry, long begun, LoadPatience patience, CancellationToken cancellation)
    {
        var left = patience.Limit == Timeout.InfiniteTimeSpan ? patience.Limit : patience.Limit - patience.Time.GetElapsedTime(begun);
        try
        {
            if (left < TimeSpan.Zero && left != Timeout.InfiniteTimeSpan)
                throw new TimeoutException();
            await wait.Ended.WaitAsync(left, patience.Time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new InferenceException(ErrorCode.DeadlineExceeded, $"{entry.Key.Describe()} was not in memory, and was still being loaded when the request's time was over; the load goes on.");
        }

        if (wait.Refusal is { } refusal)
            throw refusal;
    }
}
