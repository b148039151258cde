using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Storage.Overrides;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Infra.Storage;

/// <summary>
/// Models in a directory of the local file system: <c>&lt;directory&gt;/&lt;name&gt;/&lt;version&gt;/</c>, with an optional
/// <c>model.yaml</c> beside the versions and an optional <c>pipeline.yaml</c> in each. Every listing sees the
/// directory as it is. Thread-safe.
/// </summary>
public sealed class LocalModelRepository : IModelRepository
{
    private readonly ExecutionOptions _defaults;
    private readonly LocalStorageOptions _options;
    private readonly ILogger _logger;
    private readonly ModelCache _cache = new();
    private volatile string? _lastFilled;

    /// <summary>Creates it; nothing is read yet.</summary>
    /// <param name="directory">The directory, absolute or relative to the process's.</param>
    /// <param name="defaults">What holds for execution where a manifest says nothing.</param>
    /// <param name="options">Markers and links.</param>
    /// <param name="logger">Told where file events cannot be had.</param>
    public LocalModelRepository(string directory, ExecutionOptions defaults, LocalStorageOptions? options = null, ILogger<LocalModelRepository>? logger = null)
    {
        Location = Path.GetFullPath(directory);
        _defaults = defaults;
        _options = options ?? new LocalStorageOptions();
        _logger = logger ?? NullLogger<LocalModelRepository>.Instance;
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellation) =>
        new(Task.Run<IReadOnlyList<StoredModel>>(() => Read(_ => true, null, cancellation), cancellation));

    /// <inheritdoc/>
    public ValueTask<StoredModel?> FindAsync(string name, CancellationToken cancellation) =>
        new(Task.Run(() => Read(folder => folder == name, null, cancellation).FirstOrDefault(), cancellation));

    /// <inheritdoc/>
    public ValueTask<OverriddenModel?> OverrideAsync(string name, ModelOverride replaced, CancellationToken cancellation) => new(Task.Run(
        () =>
        {
            if (replaced.Files.Count > 0)
                return OverrideReader.Read(name, replaced, _defaults);
            var stored = Read(folder => folder == name, replaced.Configuration, cancellation).FirstOrDefault();
            return stored is null ? null : new OverriddenModel(stored, null);
        },
        cancellation));

    /// <inheritdoc/>
    public ValueTask<FetchedVersion> FetchAsync(string model, StoredVersion version, CancellationToken cancellation) =>
        new(LocalVersion.Of(model, version, Path.GetDirectoryName(version.Folder.Path) ?? Location));

    /// <inheritdoc/>
    public IDisposable Watch(Action changed) => new FolderEvents(Location, changed, _logger);

    // A name is only ever compared with those that are there: no path is made of it.
    private StoredModel[] Read(Func<string, bool> isAsked, string? configuration, CancellationToken cancellation)
    {
        if (!Directory.Exists(Location))
            throw Unreadable(File.Exists(Location) ? "it is a file, not a directory" : "there is no such directory", null);
        try
        {
            var context = new RepositoryContext(ArtefactFolder.RealPath(Location), _defaults) { LinkRoots = _options.RealLinkRoots(), Configuration = configuration };
            var folders = SubFolders.Of(Location, context);
            CheckNotAway(folders.Count == 0);
            var models = new List<StoredModel>(folders.Count);
            foreach (var folder in folders.Where(f => isAsked(f.Name)))
            {
                cancellation.ThrowIfCancellationRequested();
                models.Add(configuration is null ? _cache.Get(folder, () => Read(folder, context)) : Read(folder, context));
            }

            _cache.Keep(folders);
            return [.. models];
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            throw Unreadable(e.Message, e);
        }
    }

    private StoredModel Read(SubFolder folder, RepositoryContext context) =>
        StampedModel.Create(ModelFolder.Read(folder, context), folder.Path, _options.CompleteMarker);

    // The mount point of a volume that is away is an empty directory, and not the one that had the models.
    private void CheckNotAway(bool isEmpty)
    {
        var identity = FileStatus.Of(Location).Identity;
        if (isEmpty && _lastFilled is { Length: > 0 } filled && filled != identity)
            throw Unreadable("it is empty and not the directory that held the models, such as a volume that is not mounted", null);
        if (!isEmpty)
            _lastFilled = identity;
    }

    private InferenceException Unreadable(string why, Exception? cause)
    {
        var text = $"the model repository {ErrorText.Quote(Location)} cannot be read: {why.TrimEnd('.')}. Set Inference:Repository:Path to a directory that the server may read.";
        return cause is null ? new InferenceException(ErrorCode.LoadFailed, text) : new InferenceException(ErrorCode.LoadFailed, text, cause);
    }
}
