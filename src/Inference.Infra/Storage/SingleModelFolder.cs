using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage;

/// <summary>Reads a folder that is one model: either its versions lie in it, or the files of its only version do.</summary>
internal static class SingleModelFolder
{
    private const string ArtefactPattern = "*.onnx";

    /// <summary>What the folder holds, not stamped; what is wrong is told in its place.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="path">The folder.</param>
    /// <param name="repository">Root and defaults.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static StoredModel Read(string name, string path, RepositoryContext repository)
    {
        var folder = new SubFolder(name, path, string.Empty);
        var hasVersions = SubFolders.Of(path, repository).Any(f => PipelineKey.TryParseVersion(f.Name, out _));
        var artefacts = Directory.EnumerateFiles(path, ArtefactPattern).Select(Path.GetFileName).OfType<string>().ToList();
        if (artefacts.Count == 0 && hasVersions)
            return ModelFolder.Read(folder, repository);
        if (artefacts.Count == 0)
            return Broken(name, $"the folder of model {ErrorText.Quote(name)} has no model: expected model.onnx in it, or folders of versions such as 1/model.onnx. Where it is a repository of several models, leave the name (Repository:ModelName) out.");
        return hasVersions
            ? Broken(name, $"the folder of model {ErrorText.Quote(name)} has both {ErrorText.Quote(artefacts[0])} and folders of versions; move the file into the folder of its version.")
            : ModelFolder.Read(folder, repository, [OnlyVersion(folder, artefacts, repository)]);
    }

    // A platform may keep the name that the file had where it came from; where there is only one, it is the model.
    private static StoredVersion OnlyVersion(SubFolder folder, List<string> artefacts, RepositoryContext repository)
    {
        var file = artefacts.Count == 1 ? artefacts[0] : new PipelineManifest().ModelFile;
        return VersionFolder.Read(1, folder, folder.Name, repository, file);
    }

    // Whoever serves one model does not mean to serve none: the folder may be empty only while a volume is away or a file is replaced.
    private static StoredModel Broken(string name, string problem) => new(name, new ModelManifest(), [], problem) { IsUnreadable = true };
}
