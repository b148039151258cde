using System.Collections.Concurrent;
using Inference.Core.Configuration;
using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Registry;
using Inference.Infra.Storage.Overrides;
using Inference.Infra.Storage.S3.Caching;
using Inference.Infra.Storage.S3.Sketches;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Infra.Storage.S3;

/// <summary>
/// Models in a bucket of an S3-compatible object store, laid out as in a folder: <c>&lt;prefix&gt;/&lt;name&gt;/&lt;version&gt;/…</c>, or the
/// files of one model. A look is one listing; manifests are downloaded when their ETags change, and everything else when its version
/// is loaded. Thread-safe.
/// </summary>
public sealed class S3ModelRepository : IModelRepository, IDisposable
{
    // About 200 bytes each, and a listing of a minute or two.
    private const int MostObjects = 250_000;
    private readonly S3Location _location;
    private readonly ExecutionOptions _defaults;
    private readonly RepositoryOptions _options;
    private readonly string? _only;
    private readonly StoreContext _context;
    private readonly IObjectStore _store;
    private readonly Attempts _attempts;
    private readonly RetryStamps _retries = new();
    private readonly ConcurrentDictionary<string, (string Fingerprint, StoredModel Model, string? Folder)> _known = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private S3Cache? _cache;
    private string _strays = string.Empty;

    /// <summary>Creates it; nothing is asked yet.</summary>
    /// <param name="location">Bucket and prefix.</param>
    /// <param name="defaults">What holds for execution where a manifest says nothing.</param>
    /// <param name="options">Store and cache.</param>
    /// <param name="time">Clock.</param>
    /// <param name="modelName">Where the prefix is one model, its name; null for a repository of several.</param>
    /// <param name="logger">Told of downloads.</param>
    /// <param name="metrics">Counts them.</param>
    public S3ModelRepository(S3Location location, ExecutionOptions defaults, RepositoryOptions options, TimeProvider time, string? modelName = null, ILogger<S3ModelRepository>? logger = null, IStoreMetrics? metrics = null)
        : this(location, defaults, options, modelName, new StoreContext(time, logger ?? NullLogger<S3ModelRepository>.Instance, metrics ?? NoStoreMetrics.Instance), new S3Store(location, options.S3, time))
    {
    }

    internal S3ModelRepository(S3Location location, ExecutionOptions defaults, RepositoryOptions options, string? modelName, StoreContext context, IObjectStore store)
    {
        (_location, _defaults, _options, _only, _context) = (location, defaults, options, modelName, context);
        (_store, _attempts) = (new MeteredStore(store, context.Metrics), new Attempts(context));
        if (Uri.TryCreate(options.S3.Endpoint, UriKind.Absolute, out var endpoint) && endpoint.Scheme == Uri.UriSchemeHttp && !endpoint.IsLoopback)
            _context.Logger.PlainHttp(options.S3.Endpoint);
    }

    /// <inheritdoc/>
    public string Location => _options.S3.Endpoint.Length > 0 ? $"{_location} at {_options.S3.Endpoint}" : _location.ToString();

    /// <inheritdoc/>
    public bool MayBeAway => true;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellation)
    {
        try
        {
            var tree = ObjectTree.Read(await ListAsync(_location.Prefix, cancellation).ConfigureAwait(false), _location.Prefix, _only);
            TellStrays(tree.Strays);
            var models = new StoredModel[tree.Models.Count];
            var each = tree.Models.Select((model, at) => (model, at));
            await Parallel.ForEachAsync(each, Bounded(cancellation), async (one, token) => models[one.at] = await ReadAsync(one.model, token).ConfigureAwait(false)).ConfigureAwait(false);
            Forget(tree.Models.Select(m => m.Name));
            _retries.Keep(models);
            _cache?.Refresh();
            return _retries.Mark(models);
        }
        catch (StoreException e)
        {
            throw e.ToDomain();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StoredModel?> FindAsync(string name, CancellationToken cancellation)
    {
        try
        {
            return await ObjectsAsync(name, cancellation).ConfigureAwait(false) is { } model ? _retries.Mark(await ReadAsync(model, cancellation).ConfigureAwait(false)) : null;
        }
        catch (StoreException e)
        {
            throw e.ToDomain();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<OverriddenModel?> OverrideAsync(string name, ModelOverride replaced, CancellationToken cancellation)
    {
        try
        {
            if (replaced.Files.Count > 0)
                return _only is null || _only == name ? OverrideReader.Read(name, replaced, _defaults) : null;
            if (await ObjectsAsync(name, cancellation).ConfigureAwait(false) is not { } model)
                return null;
            var (stored, folder) = await Cache().Reader.ReadAsync(model, replaced.Configuration, cancellation).ConfigureAwait(false);
            return new OverriddenModel(stored, folder is null ? null : new ScratchFolder(folder));
        }
        catch (StoreException e)
        {
            throw e.ToDomain();
        }
    }

    /// <inheritdoc/>
    public async ValueTask<FetchedVersion> FetchAsync(string model, StoredVersion version, CancellationToken cancellation)
    {
        if (_cache?.Reader.Objects(version) is not { } objects)
            return LocalVersion.Of(model, version, Path.GetDirectoryName(version.Folder.Path) ?? version.Folder.Path);
        var key = new PipelineKey(model, version.Version);
        try
        {
            return await _cache.FetchAsync(objects, cancellation).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            if (e.Failure != StoreFailure.TooLarge)
                _retries.Failed(model, version.Version, objects.Stamp);
            throw new InferenceException(ErrorCode.LoadFailed, $"{key.Describe()}: {e.Message}", e) { IsOutdated = e.Failure == StoreFailure.Changed };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _cache?.Dispose();
        _store.Dispose();
    }

    private ParallelOptions Bounded(CancellationToken cancellation) => new() { MaxDegreeOfParallelism = _options.S3.Downloads, CancellationToken = cancellation };

    // Made when it is first needed, since nothing can be said of it before the log works.
    private S3Cache Cache()
    {
        lock (_lock)
            return _cache ??= S3Cache.Open(_store, _defaults, _options, _only is not null, _context);
    }

    private async Task<List<StoredObject>> ListAsync(string prefix, CancellationToken cancellation)
    {
        var all = new List<StoredObject>();
        string? continuation = null;
        do
        {
            var (objects, next) = await _attempts.RunAsync(c => _store.ListAsync(prefix, continuation, c), cancellation).ConfigureAwait(false);
            all.AddRange(objects);
            if (all.Count > MostObjects)
                throw new StoreException(StoreFailure.Refused, $"{_store.Describe(null)} cannot be read: there are more than {MostObjects} objects below {ErrorText.Quote(prefix)}; set Repository:Path to a prefix that holds models only.");
            continuation = next;
        }
        while (continuation is not null);
        return all;
    }

    // Names come from callers, and only those that could be listed are asked for.
    private async Task<ModelObjects?> ObjectsAsync(string name, CancellationToken cancellation)
    {
        if (_only is not null ? name != _only : !ObjectPath.IsPart(name) || name.Contains('/', StringComparison.Ordinal) || name[0] == '.')
            return null;
        var below = _only is null ? $"{_location.Prefix}{name}/" : _location.Prefix;
        var tree = ObjectTree.Read(await ListAsync(below, cancellation).ConfigureAwait(false), _location.Prefix, _only);
        return tree.Models.SingleOrDefault(m => m.Name == name);
    }

    private async Task<StoredModel> ReadAsync(ModelObjects model, CancellationToken cancellation)
    {
        var fingerprint = model.Fingerprint();
        if (_known.TryGetValue(model.Name, out var known) && known.Fingerprint == fingerprint)
            return known.Model;
        var (stored, folder) = await Cache().Reader.ReadAsync(model, null, cancellation).ConfigureAwait(false);
        if (!stored.IsUnreadable)
            _known[model.Name] = (fingerprint, stored, folder);
        return stored;
    }

    private void Forget(IEnumerable<string> there)
    {
        var names = there.ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _known.Keys.Where(n => !names.Contains(n)))
            _known.TryRemove(gone, out _);
    }

    private void TellStrays(IReadOnlyList<string> strays)
    {
        var told = strays.Count == 0 ? string.Empty : $"{strays.Count} {strays[0]}";
        if (told.Length > 0 && told != _strays)
            _context.Logger.Strays(strays.Count, Location, ErrorText.Quote(strays[0]));
        _strays = told;
    }

    private sealed class ScratchFolder(string path) : IDisposable
    {
        public void Dispose() => ProcessFolder.Remove(path);
    }
}
