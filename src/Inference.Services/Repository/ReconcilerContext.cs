using System.Globalization;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Services.Cache;
using Inference.Services.Pipelines;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Repository;

/// <summary>What all reconcilers share: where they load, publish and tell. Thread-safe.</summary>
internal sealed class ReconcilerContext(PipelineRegistry registry, VersionLoad loader, LoadQueue loads, IInferenceMetrics metrics, ILogger logger, Action<PipelineEntry> changed, CancellationToken stop)
{
    /// <summary>What is in memory.</summary>
    public required PipelineCache Cache { get; init; }

    /// <summary>Loads that requests wait for: with threads of their own, so that they never come after others.</summary>
    public required LoadQueue DemandedLoads { get; init; }

    /// <summary>Requests are not waited for any more: loads for them are given up.</summary>
    public CancellationToken StopDemanded { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public PipelineRegistry Registry => registry;

    public VersionLoad Loader => loader;

    public LoadQueue Loads => loads;

    /// <summary>The server stops: loads are given up.</summary>
    public CancellationToken Stop => stop;

    /// <summary>What is visible of a pipeline changed its state.</summary>
    public void Changed(PipelineEntry entry)
    {
        // Of thousands that nobody ever asked for there is nothing to tell.
        if (entry.State != PipelineState.Dormant || entry.Attachment is not null)
        {
            metrics.PipelineStateChanged(entry.Key.Name, entry.Key.VersionText, entry.State.ToString());
            metrics.PipelineOutdated(entry.Key.Name, entry.Key.VersionText, entry.State == PipelineState.Ready && entry.Remark.Length > 0);
        }

        logger.StateChanged(entry.Key.Describe(), entry.State);
        changed(entry);
    }

    public void Reloading(PipelineKey key) => logger.Reloading(key.Describe());

    public void Reloaded(PipelineKey key) => logger.Reloaded(key.Describe());

    public void ReloadFailed(PipelineKey key)
    {
        metrics.PipelineOutdated(key.Name, key.VersionText, isOutdated: true);
        logger.ReloadFailed(key.Describe());
    }

    public void Problem(string model, string problem) => logger.ModelProblem(model, problem);

    public void Broke(PipelineKey key, Exception exception) => logger.LoadBroke(exception, key.Describe());

    public void Warning(string model, string warning) => logger.ConfigurationWarning(model, ErrorText.Bound(warning));

    /// <summary>Without a version there is no pipeline whose state could be told.</summary>
    public void Empty(string model) => metrics.PipelineStateChanged(model, string.Empty, nameof(PipelineState.Failed));

    /// <summary>A version, or the model as a whole where the version is 0, is not known any more.</summary>
    public void Forgotten(PipelineKey key) =>
        metrics.PipelineRemoved(key.Name, key.Version == 0 ? string.Empty : key.Version.ToString(CultureInfo.InvariantCulture));

    /// <summary>Frees what was loaded, but is not wanted any more.</summary>
    public async Task DropAsync(PipelineEntry entry, Pipeline pipeline)
    {
        (entry.Attachment as PipelineObserver)?.Detach();
        await pipeline.DisposeAsync().ConfigureAwait(false);
        Cache.Left(entry);
        logger.LoadDropped(entry.Key.Describe());
    }

    /// <summary>Waits until a pipeline is freed.</summary>
    public async Task FreedAsync(PipelineEntry entry, Task unloading)
    {
        try
        {
            await unloading.ConfigureAwait(false);
            logger.Unloaded(entry.Key.Describe());
        }
        catch (Exception e)
        {
            logger.UnloadBroke(e, entry.Key.Describe());
        }

        Cache.Left(entry);
        (entry.Attachment as PipelineObserver)?.Detach();
    }
}
