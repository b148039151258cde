using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage;

/// <summary>A version where it lies: nothing has to be brought.</summary>
internal sealed class LocalVersion(StoredVersion version, string modelFolder) : FetchedVersion(new ArtefactFolder(ArtefactFolder.RealPath(version.Folder.Path)))
{
    /// <summary>The version, read where its links lead now.</summary>
    /// <param name="model">Name of the model.</param>
    /// <param name="version">As it was listed.</param>
    /// <param name="modelFolder">The model's folder.</param>
    /// <exception cref="InferenceException">LoadFailed where its folder cannot be read.</exception>
    public static LocalVersion Of(string model, StoredVersion version, string modelFolder)
    {
        try
        {
            return new LocalVersion(version, modelFolder);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            throw new InferenceException(ErrorCode.LoadFailed, $"{new PipelineKey(model, version.Version).Describe()}: its folder cannot be read: {ReadError.Describe(e)}", e);
        }
    }

    /// <inheritdoc/>
    public override bool IsUnchanged()
    {
        // By the way that leads there, so that a link which leads elsewhere now shows.
        var files = StampedModel.FilesOf(version.Folder, modelFolder);
        files.Add(version.Problem);
        return version.Stamp.Length == 0 || files.ToString() == version.Stamp;
    }
}
