using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Storage.Triton.JsonFormat;
using Inference.Infra.Storage.Triton.Schema;
using Inference.Infra.Storage.Triton.TextFormat;

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
    /// <exception cref="InferenceException">InvalidArgument for a configuration of a call that cannot be used.</exception>
    public static StoredModel Read(SubFolder folder, IReadOnlyList<(long Number, SubFolder Folder)> versions, RepositoryContext repository)
    {
        var shown = repository.Configuration is null ? $"{folder.Name}/{ConfigName}" : "parameter 'config'";
        try
        {
            if (repository.Configuration is { } json)
                return Create(folder, versions, TritonModel.Read(JsonConfiguration.Parse(json, shown, ModelConfigSchema.Message), folder, repository), repository);
            if (Path.Exists(Path.Combine(folder.Path, ModelFolder.ManifestName)))
                throw new ManifestException([$"{folder.Name}: the folder has both {ConfigName} and {ModelFolder.ManifestName}; keep one of them, so that it is clear which holds."]);
            var text = repository.ReadText(folder.Path, ConfigName, folder.Name)
                ?? throw new ManifestException([$"{shown}: the file is not there any more; put it back."]);
            return Create(folder, versions, TritonModel.Read(TextParser.Parse(text, shown), folder, repository), repository);
        }
        catch (ManifestException e) when (repository.Configuration is not null)
        {
            throw InferenceException.InvalidArgument(e.Message);
        }
        catch (ManifestException e)
        {
            var nothing = new PipelineManifest { Execution = repository.Defaults };
            var failed = versions.Select(v => new StoredVersion(v.Number, new ArtefactFolder(v.Folder.Path), nothing, e.Message));
            return new StoredModel(folder.Name, new ModelManifest(), [.. failed], e.Message);
        }
    }

    private static StoredModel Create(SubFolder folder, IReadOnlyList<(long Number, SubFolder Folder)> versions, TritonModel read, RepositoryContext repository)
    {
        var model = repository.Configuration is null ? read.Model : read.Model with { Notes = [.. read.Model.Notes, .. Replaced(folder, versions)] };
        return new StoredModel(folder.Name, model, [.. versions.Select(v => Version(v.Number, v.Folder, $"{folder.Name}/{v.Folder.Name}", read.Pipeline, repository))]);
    }

    // Whoever brings a configuration may not know that there are manifests, which can hold whole components.
    private static IEnumerable<ManifestNote> Replaced(SubFolder folder, IReadOnlyList<(long Number, SubFolder Folder)> versions)
    {
        string[] manifests = [Path.Combine(folder.Path, ModelFolder.ManifestName), .. versions.Select(v => Path.Combine(v.Folder.Path, VersionFolder.ManifestName))];
        if (manifests.Any(Path.Exists))
            yield return new ManifestNote(true, $"the configuration of the call takes the place of {ModelFolder.ManifestName} and {VersionFolder.ManifestName}, which have no effect until the model is loaded without one");
    }

    private static StoredVersion Version(long number, SubFolder folder, string shown, PipelineManifest pipeline, RepositoryContext repository)
    {
        var artefacts = new ArtefactFolder(folder.Path);
        if (folder.Problem.Length > 0)
            return new StoredVersion(number, artefacts, pipeline, $"{shown}: {folder.Problem}");
        if (repository.Configuration is null && Path.Exists(Path.Combine(folder.Path, VersionFolder.ManifestName)))
            return new StoredVersion(number, artefacts, pipeline, $"{shown}: the folder has {VersionFolder.ManifestName}, but the model has {ConfigName}; keep one of them, so that it is clear which holds.");
        var manifest = VersionFolder.WithFolderModel(folder.Path, pipeline);
        return new StoredVersion(number, artefacts, manifest, VersionFolder.MissingModel(artefacts, manifest, shown, $"default_model_filename of {ConfigName}"));
    }
}
