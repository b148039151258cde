using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Services.Pipelines;
using Inference.Services.Routing;
using Inference.Services.Statistics;

namespace Inference.Services.Metadata;

/// <summary>Tells what the server is and what its pipelines take and give. Thread-safe.</summary>
public sealed class MetadataService
{
    private readonly PipelineRegistry _registry;
    private readonly RoutingService _routing;

    /// <summary>Creates the service.</summary>
    public MetadataService(PipelineRegistry registry, RoutingService routing)
    {
        _registry = registry;
        _routing = routing;
    }

    /// <summary>
    /// The external contract of a pipeline. One that was never in memory is brought there to be described: what it takes and gives is known
    /// for certain only of what was loaded. It stays known when it is evicted.
    /// </summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="version">Version, label, or empty.</param>
    /// <param name="cancellation">Ends the wait for the load, which goes on.</param>
    /// <exception cref="Domain.InferenceException">ModelNotFound, VersionNotFound, VersionRequired, NotReady, LoadFailed, Overloaded.</exception>
    public async ValueTask<PipelineMetadata> DescribeAsync(string name, string version, CancellationToken cancellation)
    {
        var entry = _routing.Resolve(name, version);
        if (Known(entry) is { } known)
            return Describe(name, entry, known);
        if (entry.Demand is null)
            throw RoutingService.Unavailable(entry);
        using var lease = await _routing.AcquireAsync(name, version, LoadPatience.Endless, cancellation).ConfigureAwait(false);
        return Describe(name, lease.Entry, PipelineDescription.Of(lease.Pipeline));
    }

    private PipelineMetadata Describe(string name, PipelineEntry entry, PipelineDescription pipeline)
    {
        return new PipelineMetadata(
            name,
            entry.Key.VersionText,
            [.. _registry.Get(name).Versions.Where(v => v.IsServable).Select(v => v.Key.VersionText)],
            pipeline.Model.Platform,
            pipeline.Inputs,
            pipeline.Outputs,
            pipeline.Model,
            pipeline.Executor)
        {
            IsDecoupled = pipeline.IsDecoupled,
            Configuration = pipeline.Configuration,
        };
    }

    /// <summary>What was made of a model's configuration, where that needs telling.</summary>
    /// <exception cref="Domain.InferenceException">ModelNotFound.</exception>
    public IReadOnlyList<ManifestNote> Notes(string name) => _registry.Get(name).Notes;

    /// <summary>Totals of one version, of all versions of a model, or of all models where <paramref name="name"/> is empty.</summary>
    /// <exception cref="Domain.InferenceException">ModelNotFound, VersionNotFound, NotReady, LoadFailed.</exception>
    public IReadOnlyList<(PipelineKey Key, PipelineTotals Totals)> Statistics(string name, string version)
    {
        if (version.Length > 0)
        {
            var entry = _routing.Resolve(name, version);
            return entry.IsServable ? [(entry.Key, Totals(entry) ?? Nothing())] : throw RoutingService.Unavailable(entry);
        }

        var models = name.Length > 0 ? [_registry.Get(name)] : _registry.Models;
        return [.. models.SelectMany(m => m.Versions).Select(e => (e.Key, Totals: Totals(e))).Where(e => e.Totals is not null).Select(e => (e.Key, e.Totals!))];
    }

    private static PipelineDescription? Known(PipelineEntry entry) => entry.State switch
    {
        PipelineState.Ready => entry.Pipeline is { } pipeline ? PipelineDescription.Of(pipeline) : null,
        PipelineState.Dormant => (entry.Attachment as PipelineObserver)?.Description,
        _ => null,
    };

    private static PipelineTotals Nothing() => new PipelineStatistics(TimeProvider.System).Read();

    private static PipelineTotals? Totals(PipelineEntry entry) => (entry.Attachment as PipelineObserver)?.Statistics.Read();
}

/// <summary>What a client needs to know of a pipeline.</summary>
/// <param name="Name">Name of the model.</param>
/// <param name="Version">Version described.</param>
/// <param name="ReadyVersions">All versions that serve, lowest first.</param>
/// <param name="Platform">What runs it.</param>
/// <param name="Inputs">What a client sends.</param>
/// <param name="Outputs">What a client gets.</param>
/// <param name="Model">What the model within takes and gives.</param>
/// <param name="Executor">What it runs on.</param>
public sealed record PipelineMetadata(
    string Name,
    string Version,
    IReadOnlyList<string> ReadyVersions,
    string Platform,
    IReadOnlyList<TensorSpec> Inputs,
    IReadOnlyList<TensorSpec> Outputs,
    ModelSpec Model,
    ExecutorInfo Executor)
{
    /// <summary>A request is answered several times, over a stream.</summary>
    public bool IsDecoupled { get; init; }

    /// <summary>See <see cref="PipelineManifest.Configuration"/>.</summary>
    public OptionNode? Configuration { get; init; }
}
