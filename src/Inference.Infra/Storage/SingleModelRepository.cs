using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Storage.Overrides;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Infra.Storage;

/// <summary>
/// A folder of the local file system that is one model, served under a name given from outside: either its versions lie in
/// it, or the files of its only version do. So do platforms that fetch a model before the server starts lay it down. Every
/// listing reads the folder anew. Thread-safe.
/// </summary>
public sealed class SingleModelRepository : IModelRepository
{
    private readonly string _name;
    private readonly ExecutionOptions _defaults;
    private readonly LocalStorageOptions _options;
    private readonly ILogger _logger;

    /// <summary>Creates it; nothing is read yet.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="directory">Its folder, absolute or relative to the process's.</param>
    /// <param name="defaults">What holds for execution where a manifest says nothing.</param>
    /// <param name="options">Markers and links.</param>
    /// <param name="logger">Told where file events cannot be had.</param>
    public SingleModelRepository(string name, string directory, ExecutionOptions defaults, LocalStorageOptions? options = null, ILogger<SingleModelRepository>? logger = null)
    {
        Location = Path.GetFullPath(directory);
        _name = name;
        _defaults = defaults;
        _options = options ?? new LocalStorageOptions();
        _logger = logger ?? NullLogger<SingleModelRepository>.Instance;
    }

    /// <inheritdoc/>
    public string Location { get; }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellation) =>
        new(Task.Run<IReadOnlyList<StoredModel>>(() => [Read(null)], cancellation));

    /// <inheritdoc/>
    public ValueTask<OverriddenModel?> OverrideAsync(string name, ModelOverride replaced, CancellationToken cancellation) => new(Task.Run(
        () =>
        {
            if (name != _name)
                return null;
            return replaced.Files.Count > 0 ? OverrideReader.Read(name, replaced, _defaults) : new OverriddenModel(Read(replaced.Configuration), null);
        },
        cancellation));

    /// <inheritdoc/>
    public ValueTask<FetchedVersion> FetchAsync(string model, StoredVersion version, CancellationToken cancellation) =>
        new(LocalVersion.Of(model, version, version.Folder.Path.StartsWith(Location, StringComparison.Ordinal) ? Location : Path.GetDirectoryName(version.Folder.Path) ?? Location));

    /// <inheritdoc/>
    public IDisposable Watch(Action changed) => new FolderEvents(Location, changed, _logger);

    private StoredModel Read(string? configuration)
    {
        if (!Directory.Exists(Location))
            throw Unreadable(File.Exists(Location) ? "it is a file, not a directory" : "there is no such directory", null);
        try
        {
            var context = new RepositoryContext(ArtefactFolder.RealPath(Location), _defaults) { LinkRoots = _options.RealLinkRoots(), Configuration = configuration };
            var model = SingleModelFolder.Read(_name, Location, context);
            return model.IsUnreadable ? model : StampedModel.Create(model, Location, _options.CompleteMarker);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            throw Unreadable(e.Message, e);
        }
    }

    private InferenceException Unreadable(string why, Exception? cause)
    {
        var text = $"the folder {ErrorText.Quote(Location)} of model {ErrorText.Quote(_name)} cannot be read: {why.TrimEnd('.')}. Set Inference:Repository:Path to a directory that the server may read.";
        return cause is null ? new InferenceException(ErrorCode.LoadFailed, text) : new InferenceException(ErrorCode.LoadFailed, text, cause);
    }
}
