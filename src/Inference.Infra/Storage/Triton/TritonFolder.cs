using Inference.Domain.Pipelines;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage.Triton;

/// <summary>Reads the folder of a model that has Triton's <c>config.pbtxt</c> instead of manifests.</summary>
internal static class TritonFolder
{
    /// <summary>Name of the configuration.</summary>
    public const string ConfigName = "config.pbtxt";

    /// <summary>True where a model's folder has a configuration.</summary>
    public static bool HasConfig(string folder) => Path.Exists(Path.Combine(folder, ConfigName));

    /// <summary>What the folder holds; a configuration that cannot be used is told as the problem of every version.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="versions">Its folders that are versions, by number.</param>
    /// <param name="repository">Root and defaults.</param>
    public static StoredModel Read(SubFolder folder, IReadOnlyList<(long Number, SubFolder Folder)> versions, RepositoryContext repository)
    {
        var shown = $"{folder.Name}/{ConfigName}";
        try
        {
            if (Path.Exists(Path.Combine(folder.Path, ModelFolder.ManifestName)))
                throw new ManifestException([$"{folder.Name}: the folder has both {ConfigName} and {ModelFolder.ManifestName}; keep one of them, so that it is clear which holds."]);
            var text = repository.ReadText(folder.Path, ConfigName, folder.Name)
                ?? throw new ManifestException([$"{shown}: the file is not there any more; put it back."]);
            var (model, pipeline) = TritonModel.Read(text, shown, folder, repository);
            return new StoredModel(folder.Name, model, [.. versions.Select(v => Version(v.Number, v.Folder, $"{folder.Name}/{v.Folder.Name}", pipeline))]);
        }
        catch (ManifestException e)
        {
            var nothing = new PipelineManifest { Execution = repository.Defaults };
            var failed = versions.Select(v => new StoredVersion(v.Number, new ArtefactFolder(v.Folder.Path), nothing, e.Message));
            return new StoredModel(folder.Name, new ModelManifest(), [.. failed], e.Message);
        }
    }

    private static StoredVersion Version(long number, SubFolder folder, string shown, PipelineManifest pipeline)
    {
        var artefacts = new ArtefactFolder(folder.Path);
        if (folder.Problem.Length > 0)
            return new StoredVersion(number, artefacts, pipeline, $"{shown}: {folder.Problem}");
        if (Path.Exists(Path.Combine(folder.Path, VersionFolder.ManifestName)))
            return new StoredVersion(number, artefacts, pipeline, $"{shown}: the folder has {VersionFolder.ManifestName}, but the model has {ConfigName}; keep one of them, so that it is clear which holds.");
        var manifest = VersionFolder.WithFolderModel(folder.Path, pipeline);
        return new StoredVersion(number, artefacts, manifest, VersionFolder.MissingModel(artefacts, manifest, shown, $"default_model_filename of {ConfigName}"));
    }
}
