using System.Collections.Frozen;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Storage;

/// <summary>Reads the folder of one version.</summary>
internal static class VersionFolder
{
    /// <summary>Name of the manifest.</summary>
    public const string ManifestName = "pipeline.yaml";

    /// <summary>What the folder holds; what is wrong with it is told in its place.</summary>
    /// <param name="version">Its number.</param>
    /// <param name="folder">Where it is.</param>
    /// <param name="shown">How errors name it, such as <c>digits/2</c>.</param>
    /// <param name="repository">Root and defaults.</param>
    /// <param name="file">The artefact where there is no manifest; null for the usual name.</param>
    public static StoredVersion Read(long version, SubFolder folder, string shown, RepositoryContext repository, string? file = null)
    {
        var artefacts = new ArtefactFolder(folder.Path);
        var nothing = Unread(shown, repository.Defaults);
        if (file is not null)
            nothing = nothing with { ModelFile = file };
        if (folder.Problem.Length > 0)
            return new StoredVersion(version, artefacts, nothing, $"{shown}: {folder.Problem}");
        try
        {
            var root = repository.ReadManifest(folder.Path, ManifestName, shown);
            var manifest = root is null ? nothing : PipelineManifestReader.Read(root, repository.Defaults);
            manifest = WithFolderModel(folder.Path, manifest);
            return new StoredVersion(version, artefacts, manifest, MissingModel(artefacts, manifest, shown, $"model.file in {ManifestName}"));
        }
        catch (ManifestException e)
        {
            return new StoredVersion(version, artefacts, nothing, e.Message);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            return new StoredVersion(version, artefacts, nothing, $"{shown}/{ManifestName}: the file cannot be read: {ReadError.Describe(e)}");
        }
    }

    /// <summary>The manifest of a folder without a readable one.</summary>
    public static PipelineManifest Unread(string shown, ExecutionOptions defaults)
    {
        var passthrough = ComponentManifest.Passthrough($"{shown}/{ManifestName}");
        return new PipelineManifest { Preprocessor = passthrough, Postprocessor = passthrough, Execution = defaults };
    }

    /// <summary>A model with external data may be a folder of the artefact's name, in which the artefact is <c>model.onnx</c>.</summary>
    public static PipelineManifest WithFolderModel(string folder, PipelineManifest manifest)
    {
        const string within = "model.onnx";
        if (!File.Exists(Path.Combine(folder, manifest.ModelFile, within)))
            return manifest;
        var file = $"{manifest.ModelFile}/{within}";
        var sums = manifest.Sha256.ToDictionary(StringComparer.Ordinal);
        if (!sums.ContainsKey(file) && sums.Remove(manifest.ModelFile, out var sum))
            sums.Add(file, sum);
        return manifest with { ModelFile = file, Sha256 = sums.ToFrozenDictionary(StringComparer.Ordinal) };
    }

    /// <summary>Why the artefact cannot be read; empty where it can.</summary>
    /// <param name="folder">The version's folder.</param>
    /// <param name="manifest">What is to be there.</param>
    /// <param name="shown">How errors name the folder.</param>
    /// <param name="setting">What names the artefact.</param>
    public static string MissingModel(ArtefactFolder folder, PipelineManifest manifest, string shown, string setting)
    {
        try
        {
            folder.File(manifest.ModelFile);
            return string.Empty;
        }
        catch (InferenceException e)
        {
            return $"{shown}: {e.Message} Put the model there, or name it under {setting}.";
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            return $"{shown}: file {ErrorText.Quote(manifest.ModelFile)} cannot be read: {ReadError.Describe(e)}";
        }
    }
}
