using Inference.Core.Configuration;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Cache;
using Inference.Services.Pipelines;
using Microsoft.Extensions.Logging;

namespace Inference.Services.Repository;

/// <summary>
/// Brings the registry to what storage or callers say should be served, and takes everything down at the end. Thread-safe.
/// </summary>
public sealed class RepositoryService : IDisposable
{
    private const string EveryModel = "*";
    private readonly ModelReconcilers _models;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _stopDemanded = new();
    private readonly IModelRepository _repository;
    private readonly PipelineRegistry _registry;
    private readonly RepositoryOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<RepositoryService> _logger;
    private readonly LoadQueue _loads;
    private readonly LoadQueue _demandedLoads;
    private readonly RepositoryFollower _follower;
    private readonly ReconcilerContext _context;
    private readonly ModelControl _control;

    /// <summary>Creates the service.</summary>
    /// <param name="repository">Storage.</param>
    /// <param name="registry">What is to be filled.</param>
    /// <param name="loader">Opens artefacts.</param>
    /// <param name="metrics">Told of states and load times.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Log.</param>
    /// <param name="options">Mode, period, threads.</param>
    /// <param name="cache">What is in memory; null loads everything at once and for good.</param>
    /// <param name="priority">Of the threads that load; null for threads like any other.</param>
    public RepositoryService(
        IModelRepository repository,
        PipelineRegistry registry,
        PipelineLoader loader,
        IInferenceMetrics metrics,
        TimeProvider time,
        ILogger<RepositoryService> logger,
        RepositoryOptions options,
        PipelineCache? cache = null,
        ILoadPriority? priority = null)
    {
        _repository = repository;
        _registry = registry;
        _options = options;
        _time = time;
        _logger = logger;
        _loads = new LoadQueue(options.LoadThreads > 0 ? options.LoadThreads : Environment.ProcessorCount, priority);
        cache ??= PipelineCache.OfEverything(time);
        _demandedLoads = new LoadQueue(cache.LoadThreads, priority);
        _demandedLoads.Open();
        _follower = new RepositoryFollower(repository, options, metrics, time, logger, Apply);
        _context = new ReconcilerContext(registry, new VersionLoad(repository, _follower.FindAsync, loader, metrics, time, logger), _loads, metrics, logger, e => StateChanged?.Invoke(e), _stop.Token)
        {
            Cache = cache,
            DemandedLoads = _demandedLoads,
            StopDemanded = _stopDemanded.Token,
            Time = time,
        };
        _models = new ModelReconcilers(_context);
        _control = new ModelControl(repository, _follower, _models, options);
    }

    /// <summary>Loads under way.</summary>
    internal int RunningLoads => _loads.Running + _demandedLoads.Running;

    private string[] NamesAtStart => _options.LoadAtStart.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Raised after a pipeline changed its state, on the thread that changed it; handlers must be quick.</summary>
    public event Action<PipelineEntry>? StateChanged;

    /// <summary>Models are loaded and unloaded by call.</summary>
    public bool IsExplicit => _control.IsExplicit;

    /// <summary>Storage may be away for a while, which must not keep the server from starting.</summary>
    public bool MayBeAway => _repository.MayBeAway;

    /// <summary>Reads what storage has and puts it into the registry, in state Loading where it is to be loaded.</summary>
    /// <exception cref="InferenceException">LoadFailed where storage as a whole cannot be read.</exception>
    public async Task DiscoverAsync(CancellationToken cancellation)
    {
        await _follower.StartAsync(cancellation).ConfigureAwait(false);
        var models = _registry.Models;
        _logger.Discovered(models.Count, models.Sum(m => m.Versions.Length), _repository.Location);
        foreach (var name in NamesAtStart.Where(n => n != EveryModel).Except(models.Select(m => m.Name)))
            _logger.NotThereAtStart(ErrorText.Bound(name), _repository.Location);
    }

    /// <summary>Does so as soon as storage can be read: says once why it cannot, and looks again in the period of looks.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task DiscoverWhenThereAsync(CancellationToken cancellation)
    {
        var told = string.Empty;
        while (true)
        {
            try
            {
                await DiscoverAsync(cancellation).ConfigureAwait(false);
                if (told.Length > 0)
                    _logger.LookRecovered();
                return;
            }
            catch (InferenceException e)
            {
                if (e.Message != told)
                    _logger.NotThereYet(e.Message, _options.PollSeconds);
                told = e.Message;
            }

            await Task.Delay(TimeSpan.FromSeconds(_options.PollSeconds), _time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Loads everything that was discovered. One that cannot be loaded is Failed and stops no other.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; what was being loaded then is Unloaded.</exception>
    public async Task LoadDiscoveredAsync(CancellationToken cancellation)
    {
        var start = _time.GetTimestamp();
        var threads = _loads.Limit;
        using var stop = cancellation.Register(Stop);
        _loads.Open();
        await _loads.Idle.ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        _loads.Limit = Math.Max(_options.ReloadThreads, 1);
        var entries = _registry.Models.SelectMany(m => m.Versions).ToList();
        _logger.AllLoaded(_time.GetElapsedTime(start).TotalSeconds, entries.Count(e => e.State == PipelineState.Ready), entries.Count(e => e.State == PipelineState.Failed), entries.Count(e => e.State == PipelineState.Dormant), threads);
    }

    /// <summary>Follows the repository as the mode says, until cancelled. What is being loaded then is given up.</summary>
    public async Task FollowAsync(CancellationToken cancellation)
    {
        using var stop = cancellation.Register(Stop);
        if (!IsExplicit)
            await _follower.RunAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.Delay(Timeout.Infinite, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _loads.Idle.ConfigureAwait(false);
    }

    /// <summary>Loads a model as it is in storage now, or loads it again. What serves of it goes on until the new is ready.</summary>
    /// <exception cref="InferenceException">WrongMode, ModelNotFound, NotReady, LoadFailed with the reasons.</exception>
    public Task LoadAsync(string name, CancellationToken cancellation) => _control.LoadAsync(name, cancellation);

    /// <summary>
    /// Loads a model with a configuration, and files where there are any, that take the place of the stored ones until its next load
    /// or unload.
    /// </summary>
    /// <exception cref="InferenceException">WrongMode, ModelNotFound, LoadFailed with the reasons; InvalidArgument for names that cannot be.</exception>
    public Task LoadAsync(string name, ModelOverride replaced, CancellationToken cancellation) => _control.LoadAsync(name, replaced, cancellation);

    /// <summary>
    /// Takes a model off the routes and frees it. Done when it is freed, or when only the requests that still use it are waited for.
    /// </summary>
    /// <exception cref="InferenceException">WrongMode, ModelNotFound.</exception>
    public Task UnloadAsync(string name, CancellationToken cancellation) => _control.UnloadAsync(name, cancellation);

    /// <summary>Brings the index up to date where that is not done all the time: in mode explicit.</summary>
    public async Task RefreshAsync(CancellationToken cancellation)
    {
        if (IsExplicit)
            await _follower.RefreshAsync(cancellation).ConfigureAwait(false);
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
                if (version.IsServable || !readyOnly)
                    entries.Add(new IndexEntry(model.Name, version.Key.VersionText, state, reason.Length > 0 ? reason : version.Remark) { IsServable = version.IsServable });
            }
        }

        return entries;
    }

    /// <summary>Unloads everything, waiting for the requests that hold a pipeline until <paramref name="deadline"/> is cancelled.</summary>
    public async Task UnloadAllAsync(CancellationToken deadline)
    {
        Stop();
        foreach (var model in _models.All.Select(m => m.Value))
            model.Close();
        _demandedLoads.Close();
        await _stopDemanded.CancelAsync().ConfigureAwait(false);
        await _demandedLoads.Idle.WaitAsync(deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var live = _models.All.SelectMany(m => m.Value.Live).ToList();
        var unloaded = await Task.WhenAll(live.Select(e => UnloadAsync(e, deadline))).ConfigureAwait(false);
        if (unloaded.All(u => u))
            _logger.AllUnloaded();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _follower.Dispose();
        _stop.Dispose();
        _stopDemanded.Dispose();
        _control.Dispose();
    }

    // What storage has, once it has settled.
    private void Apply(IReadOnlyList<StoredModel> models)
    {
        var names = models.Select(m => m.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var model in models)
        {
            _models.Get(model.Name).Set(new ModelWish(model, !IsExplicit || LoadsAtStart(model.Name), ModelWish.SameRevision), unlessWanted: IsExplicit);
        }

        foreach (var (name, reconciler) in _models.All)
        {
            if (!names.Contains(name))
                reconciler.Set(new ModelWish(null, IsWanted: false, ModelWish.SameRevision), unlessWanted: IsExplicit);
        }
    }

    // Only at the first look; later ones find the queue open.
    private bool LoadsAtStart(string name) =>
        !_loads.IsOpen && (_options.LoadAtStart == EveryModel || NamesAtStart.Contains(name, StringComparer.Ordinal));

    private void Stop()
    {
        // In this order, so that nothing that is given up is planned again.
        foreach (var model in _models.All.Select(m => m.Value))
            model.Stop();
        _loads.Close();
        _stop.Cancel();
    }

    private async Task<bool> UnloadAsync(PipelineEntry entry, CancellationToken deadline)
    {
        try
        {
            var unloading = entry.UnloadAsync(deadline);
            if (!unloading.IsCompleted)
                _context.Changed(entry);
            await unloading.ConfigureAwait(false);
            (entry.Attachment as PipelineObserver)?.Detach();
            _context.Cache.Left(entry);
            _context.Changed(entry);
            return true;
        }
        catch (OperationCanceledException)
        {
            _context.Changed(entry);
            _logger.UnloadTimedOut(entry.Key.Describe());
            return false;
        }
    }
}
