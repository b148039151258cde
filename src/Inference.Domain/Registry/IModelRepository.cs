using Inference.Domain.Pipelines;

namespace Inference.Domain.Registry;

/// <summary>Where trained artefacts are stored. Implemented once for each kind of storage. Thread-safe.</summary>
public interface IModelRepository
{
    /// <summary>Where the models come from, for logs.</summary>
    string Location { get; }

    /// <summary>
    /// Everything that should be served, as a complete snapshot. What is wrong with one model or version is told in its
    /// place and does not hide the others.
    /// </summary>
    /// <exception cref="InferenceException">LoadFailed where the storage as a whole cannot be read.</exception>
    ValueTask<IReadOnlyList<StoredModel>> ListAsync(CancellationToken cancellation);
}

/// <summary>One model in storage.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="Manifest">What <c>model.yaml</c> says; defaults where there is none.</param>
/// <param name="Versions">Its versions, lowest first.</param>
/// <param name="Problem">
/// What is wrong with the model as a whole, such as a label that leads nowhere; empty where nothing is. It stops no version:
/// what does is told as that version's problem.
/// </param>
public sealed record StoredModel(string Name, ModelManifest Manifest, IReadOnlyList<StoredVersion> Versions, string Problem = "");

/// <summary>One version in storage.</summary>
/// <param name="Version">Positive integer.</param>
/// <param name="Folder">Its folder on the local file system.</param>
/// <param name="Manifest">What <c>pipeline.yaml</c> says; defaults where there is none.</param>
/// <param name="Problem">What is wrong with it; empty where nothing is.</param>
public sealed record StoredVersion(long Version, ArtefactFolder Folder, PipelineManifest Manifest, string Problem = "");
