using System.Collections.Immutable;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Services.Pipelines;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Repository;

/// <summary>
/// Brings the registry to what storage says should be served, and takes everything down at the end. Loading runs on threads
/// of its own, since a runtime blocks while it opens an artefact.
/// </summary>
public sealed class RepositoryService
{
    private readonly IModelRepository _repository;
    private readonly PipelineRegistry _registry;
    private readonly PipelineLoader _loader;
    private readonly IInferenceMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<RepositoryService> _logger;
    private readonly int _loadThreads;
    private ImmutableArray<(PipelineEntry Entry, StoredVersion Stored)> _discovered = [];

    /// <summary>Creates the service.</summary>
    /// <param name="repository">Storage.</param>
    /// <param name="registry">What is to be filled.</param>
    /// <param name="loader">Opens artefacts.</param>
    /// <param name="metrics">Told of states and load times.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Log.</param>
    /// <param name="loadThreads">Versions loaded at once; 0 is the number of processors.</param>
    public RepositoryService(
        IModelRepository repository,
        PipelineRegistry registry,
        PipelineLoader loader,
        IInferenceMetrics metrics,
        TimeProvider time,
        ILogger<RepositoryService> logger,
        int loadThreads)
    {
        _repository = repository;
        _registry = registry;
        _loader = loader;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _loadThreads = loadThreads > 0 ? loadThreads : Environment.ProcessorCount;
    }

    /// <summary>Raised after a pipeline changed its state, on the thread that changed it.</summary>
    public event Action<PipelineEntry>? StateChanged;

    /// <summary>Reads what storage has and puts what its version policies serve into the registry, in state Loading.</summary>
    /// <exception cref="InferenceException">LoadFailed where storage as a whole cannot be read.</exception>
    public async Task DiscoverAsync(CancellationToken cancellation)
    {
        var models = await _repository.ListAsync(cancellation).ConfigureAwait(false);
        _discovered = [.. models.Select(ServedVersions.Of).SelectMany(Publish)];
        _logger.Discovered(models.Count, _discovered.Length, _repository.Location);
    }

    /// <summary>Loads everything that was discovered. One that cannot be loaded is Failed and stops no other.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; what was being loaded then is Unloaded.</exception>
    public async Task LoadDiscoveredAsync(CancellationToken cancellation)
    {
        var start = _time.GetTimestamp();
        await LoadThreads.RunAsync(_discovered, _loadThreads, item => LoadAsync(item.Entry, item.Stored, cancellation), cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        var ready = _discovered.Count(d => d.Entry.State == PipelineState.Ready);
        _logger.AllLoaded(_time.GetElapsedTime(start).TotalSeconds, ready, _discovered.Length - ready, _loadThreads);
    }

    /// <summary>Every version in the repository with its state, and models without one with their problem.</summary>
    /// <param name="readyOnly">Leaves out what does not serve.</param>
    public IReadOnlyList<IndexEntry> Index(bool readyOnly)
    {
        var entries = new List<IndexEntry>();
        foreach (var model in _registry.Models)
        {
            if (model.Versions.IsEmpty && !readyOnly)
                entries.Add(new IndexEntry(model.Name, string.Empty, PipelineState.Failed, model.Problem));
            foreach (var version in model.Versions)
            {
                var (state, reason) = version.Snapshot;
                if (state == PipelineState.Ready || !readyOnly)
                    entries.Add(new IndexEntry(model.Name, version.Key.VersionText, state, reason));
            }
        }

        return entries;
    }

    /// <summary>Unloads everything, waiting for the requests that hold a pipeline until <paramref name="deadline"/> is cancelled.</summary>
    public async Task UnloadAllAsync(CancellationToken deadline)
    {
        // Those in Draining are what an earlier call could not finish.
        var loaded = _registry.Models.SelectMany(m => m.Versions).Where(e => e.State is PipelineState.Ready or PipelineState.Draining);
        var unloaded = await Task.WhenAll(loaded.Select(e => UnloadAsync(e, deadline))).ConfigureAwait(false);
        if (unloaded.All(u => u))
            _logger.AllUnloaded();
    }

    private async Task<bool> UnloadAsync(PipelineEntry entry, CancellationToken deadline)
    {
        try
        {
            var unloading = entry.UnloadAsync(deadline);
            if (!unloading.IsCompleted)
                Changed(entry);
            await unloading.ConfigureAwait(false);
            (entry.Attachment as PipelineObserver)?.Detach();
            Changed(entry);
            return true;
        }
        catch (OperationCanceledException)
        {
            Changed(entry);
            _logger.UnloadTimedOut(entry.Key.Describe());
            return false;
        }
    }

    private IEnumerable<(PipelineEntry Entry, StoredVersion Stored)> Publish(StoredModel stored)
    {
        var problem = ErrorText.BoundReason(stored.Problem);
        if (problem.Length > 0)
            _logger.ModelProblem(stored.Name, problem);
        var versions = stored.Versions.Select(v => (Entry: new PipelineEntry(new PipelineKey(stored.Name, v.Version)), Stored: v)).ToImmutableArray();
        _registry.Publish(new ModelEntry(stored.Name, [.. versions.Select(v => v.Entry)], stored.Manifest.Labels, stored.Manifest.DefaultRoute)
        {
            Problem = problem,
            Notes = stored.Manifest.Notes,
        });
        foreach (var note in stored.Manifest.Notes.Where(n => n.IsWarning))
            _logger.ConfigurationWarning(stored.Name, ErrorText.Bound(note.Text));

        // Without a version there is no pipeline whose state could be told.
        if (versions.IsEmpty)
            _metrics.PipelineStateChanged(stored.Name, string.Empty, nameof(PipelineState.Failed));
        foreach (var (entry, _) in versions)
            Changed(entry);
        return versions;
    }

    private async Task LoadAsync(PipelineEntry entry, StoredVersion stored, CancellationToken cancellation)
    {
        var start = _time.GetTimestamp();
        Pipeline? pipeline = null;
        try
        {
            pipeline = await _loader.LoadAsync(entry.Key, stored).ConfigureAwait(false);
            await ServeAsync(entry, pipeline, stored.Manifest.Warmup, cancellation).ConfigureAwait(false);
            var duration = _time.GetElapsedTime(start);
            _metrics.PipelineLoaded(entry.Key.Name, entry.Key.VersionText, duration, succeeded: true);
            _logger.Loaded(entry.Key.Describe(), pipeline.Model.Executor.Info.Device, duration.TotalMilliseconds);
        }
        catch (Exception e)
        {
            (entry.Attachment as PipelineObserver)?.Detach();
            if (pipeline is not null)
                await pipeline.DisposeAsync().ConfigureAwait(false);
            if (cancellation.IsCancellationRequested && IsCancelled(e))
            {
                GiveUp(entry);
                return;
            }

            _metrics.PipelineLoaded(entry.Key.Name, entry.Key.VersionText, _time.GetElapsedTime(start), succeeded: false);
            Fail(entry, e);
        }
    }

    private async Task ServeAsync(PipelineEntry entry, Pipeline pipeline, WarmupOptions warmup, CancellationToken cancellation)
    {
        var executor = pipeline.Model.Executor;
        var observer = new PipelineObserver(entry.Key, executor.Info.Device, _metrics, _time);
        entry.Attachment = observer;
        entry.Loaded(pipeline);
        Changed(entry);
        if (await Warmup.RunAsync(pipeline, warmup, cancellation).ConfigureAwait(false) is { } reason)
            _logger.WarmupFailed(entry.Key.Describe(), reason);
        cancellation.ThrowIfCancellationRequested();

        // From here on: first runs are no requests.
        observer.Attach(executor);
        entry.Ready();
        Changed(entry);
    }

    private static bool IsCancelled(Exception exception) =>
        exception is OperationCanceledException or InferenceException { Code: ErrorCode.Cancelled };

    // The server stops, which says nothing about the model.
    private void GiveUp(PipelineEntry entry)
    {
        _logger.LoadGivenUp(entry.Key.Describe());
        entry.Abandon();
        Changed(entry);
    }

    private void Fail(PipelineEntry entry, Exception exception)
    {
        var reason = exception switch
        {
            ManifestException or InferenceException => ErrorText.BoundReason(exception.Message),
            _ => "the server failed while it was loading; its log has the details.",
        };
        if (exception is ManifestException or InferenceException)
            _logger.LoadFailed(entry.Key.Describe(), reason);
        else
            _logger.LoadBroke(exception, entry.Key.Describe());
        entry.Fail(reason);
        Changed(entry);
    }

    private void Changed(PipelineEntry entry)
    {
        _metrics.PipelineStateChanged(entry.Key.Name, entry.Key.VersionText, entry.State.ToString());
        StateChanged?.Invoke(entry);
    }
}
