using Inference.Domain.Pipelines;

namespace Inference.Domain.Registry;

/// <summary>Where trained artefacts are stored. Implemented once for each kind of storage. Thread-safe.</summary>
public interface IModelRepository
{
    /// <summary>Where the models come from, for logs.</summary>
    string Location { get; }

    /// <summary>
    /// The storage is reached over a network, so that it may be away for a while: a server starts without it, is not ready, and lists it
    /// when it is there.
    /// </summary>
    bool MayBeAway => false;

    /// <summary>
    /// Everything that should be served, as a complete snapshot. What is wrong with one model or version is told in its
    /// place and does not hide the others.
    /// </summary>
    /// <exception cref="InferenceException">LoadFailed where the storage as a whole cannot be read.</exception>
    ValueTask<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellation);

    /// <summary>One model as it is now, or null where there is none of that name.</summary>
    /// <exception cref="InferenceException">LoadFailed where the storage as a whole cannot be read.</exception>
    async ValueTask<StoredModel?> FindAsync(string name, CancellationToken cancellation)
    {
        var models = await ListAsync(cancellation).ConfigureAwait(false);
        return models.FirstOrDefault(m => m.Name == name);
    }

    /// <summary>
    /// One model as a load by call wants it, or null where there is none of that name and none of its files are given. Versions
    /// of it are fetched as any other.
    /// </summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="replaced">What takes the place of what is stored.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="InferenceException">
    /// InvalidArgument for names that cannot be files of a model; LoadFailed where storage cannot be read; NotSupported.
    /// </exception>
    ValueTask<OverriddenModel?> OverrideAsync(string name, ModelOverride replaced, CancellationToken cancellation) =>
        throw new InferenceException(ErrorCode.NotSupported, "this kind of repository takes no configuration and no files in the call that loads a model; put them into the repository.");

    /// <summary>Brings the files of a version to a local folder, where they are not in one already. Blocks for as long as that takes.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="version">As it was listed.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Disposed of by the caller once nothing reads the folder any more.</returns>
    /// <exception cref="InferenceException">LoadFailed where the files cannot be had; outdated where they are not those that were listed any more.</exception>
    ValueTask<FetchedVersion> FetchAsync(string model, StoredVersion version, CancellationToken cancellation) => new(new FetchedVersion(version.Folder));

    /// <summary>
    /// Calls <paramref name="changed"/> soon after something may have changed, until what is returned is disposed of; null where the
    /// storage has no events. Only a hint: events may be missed or be for nothing.
    /// </summary>
    /// <param name="changed">Must be quick.</param>
    IDisposable? Watch(Action changed) => null;
}

/// <summary>The files of one version on the local file system.</summary>
/// <param name="folder">Where they are.</param>
public class FetchedVersion(ArtefactFolder folder) : IAsyncDisposable
{
    /// <summary>Where they are.</summary>
    public ArtefactFolder Folder { get; } = folder;

    /// <summary>False where the files are not those that were listed any more, so that what was read may be of both.</summary>
    public virtual bool IsUnchanged() => true;

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>One model in storage.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="Manifest">What <c>model.yaml</c> says; defaults where there is none.</param>
/// <param name="Versions">Its versions, lowest first.</param>
/// <param name="Problem">
/// What is wrong with the model as a whole, such as a label that leads nowhere; empty where nothing is. It stops no version:
/// what does is told as that version's problem.
/// </param>
public sealed record StoredModel(string Name, ModelManifest Manifest, IReadOnlyList<StoredVersion> Versions, string Problem = "")
{
    /// <summary>Stands for the content of the model's own files: equal where they are the same.</summary>
    public string Stamp { get; init; } = string.Empty;

    /// <summary>The model is there, but its versions could not be listed: what serves of it stays as it is.</summary>
    public bool IsUnreadable { get; init; }
}

/// <summary>One version in storage.</summary>
/// <param name="Version">Positive integer.</param>
/// <param name="Folder">Its folder on the local file system.</param>
/// <param name="Manifest">What <c>pipeline.yaml</c> says; defaults where there is none.</param>
/// <param name="Problem">What is wrong with it; empty where nothing is.</param>
public sealed record StoredVersion(long Version, ArtefactFolder Folder, PipelineManifest Manifest, string Problem = "")
{
    /// <summary>Stands for the content of the version, its manifest and problem included: equal where they are the same.</summary>
    public string Stamp { get; init; } = string.Empty;

    /// <summary>Bytes of all its files; 0 where that is not known.</summary>
    public long Bytes { get; init; }

    /// <summary>When something of it changed last, by the storage's clock; long ago where that is not known.</summary>
    public DateTime ChangedUtc { get; init; }
}
