using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Storage.Manifests;
using Inference.Infra.Storage.Triton;

namespace Inference.Infra.Storage;

/// <summary>Reads the folder of one model.</summary>
internal static class ModelFolder
{
    /// <summary>Name of the manifest.</summary>
    public const string ManifestName = "model.yaml";

    private const int MaxNameLength = 255;
    private const int MaxDeadRoutes = 20;

    /// <summary>What the folder holds; what is wrong with it, or with one of its versions, is told in its place.</summary>
    /// <param name="folder">Name of the model, and where its folder is.</param>
    /// <param name="repository">Root and defaults.</param>
    /// <param name="versions">Its versions, where they do not lie in folders of their own.</param>
    public static StoredModel Read(SubFolder folder, RepositoryContext repository, List<StoredVersion>? versions = null)
    {
        try
        {
            var problem = NameProblem(folder.Name) ?? folder.Problem;
            if (problem.Length > 0)
                return Broken(folder, problem) with { IsUnreadable = folder.Problem.Length > 0 };
            if (versions is null)
                return ReadVersions(folder, repository);
            return repository.Configuration is null
                ? ReadManifest(folder, versions, repository)
                : TritonFolder.Read(folder, [.. versions.Select(v => (v.Version, folder))], repository);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            return Broken(folder, $"model {ErrorText.Quote(folder.Name)}: the folder cannot be read: {ReadError.Describe(e)}") with { IsUnreadable = true };
        }
    }

    private static StoredModel ReadVersions(SubFolder folder, RepositoryContext repository)
    {
        var subFolders = SubFolders.Of(folder.Path, repository);
        var numbered = new List<(long Number, SubFolder Folder)>(1);
        foreach (var sub in subFolders)
        {
            if (PipelineKey.TryParseVersion(sub.Name, out var number))
                numbered.Add((number, sub));
        }

        numbered.Sort((a, b) => a.Number.CompareTo(b.Number));
        if (numbered.Count == 0)
            return Broken(folder, NoVersion(folder, subFolders));
        return repository.Configuration is not null || TritonFolder.HasConfig(folder.Path)
            ? TritonFolder.Read(folder, numbered, repository)
            : ReadManifest(folder, [.. numbered.Select(v => VersionFolder.Read(v.Number, v.Folder, $"{folder.Name}/{v.Folder.Name}", repository))], repository);
    }

    private static StoredModel ReadManifest(SubFolder folder, List<StoredVersion> versions, RepositoryContext repository)
    {
        try
        {
            var root = repository.ReadManifest(folder.Path, ManifestName, folder.Name);
            var manifest = root is null ? new ModelManifest() : ModelManifestReader.Read(root);
            var dead = ModelManifestReader.DeadRoutes(manifest, manifest.VersionPolicy.Select(versions.Select(v => v.Version))).Select(d => $"{folder.Name}/{ManifestName}: {d}").ToList();
            var more = dead.Count > MaxDeadRoutes ? $" And {dead.Count - MaxDeadRoutes} more." : string.Empty;
            return new StoredModel(folder.Name, manifest, versions, string.Join(" ", [.. Misplaced(folder, versions), .. dead.Take(MaxDeadRoutes)]) + more);
        }
        catch (ManifestException e)
        {
            // Routes that cannot be read could send a request to a version that nobody meant, so none of them serves.
            var failed = versions.Select(v => v with { Problem = $"{e.Message} {v.Problem}".TrimEnd() });
            return new StoredModel(folder.Name, new ModelManifest(), [.. failed], e.Message);
        }
    }

    // Nobody would notice that it is not read: the versions serve without it.
    private static IEnumerable<string> Misplaced(SubFolder folder, List<StoredVersion> versions)
    {
        const string name = VersionFolder.ManifestName;
        if (versions.Count > 0 && versions[0].Folder.Path != Path.GetFullPath(folder.Path) && File.Exists(Path.Combine(folder.Path, name)))
            yield return $"{folder.Name}/{name} is not read: it belongs to a version, so move it to {folder.Name}/{versions[^1].Version}/{name}.";
    }

    private static StoredModel Broken(SubFolder folder, string problem) => new(folder.Name, new ModelManifest(), [], problem);

    private static string? NameProblem(string name) =>
        name.Length > MaxNameLength || name.Any(c => char.IsControl(c) || c == '\uFFFD')
            ? $"folder {ErrorText.Quote(name)} cannot be a model: a model's name has at most {MaxNameLength} characters, no control characters, and is UTF-8. Rename the folder."
            : null;

    private static string NoVersion(SubFolder folder, List<SubFolder> found) =>
        $"model {ErrorText.Quote(folder.Name)} has no version; found folders: {ErrorText.List(found.Select(f => f.Name))}. A version is a folder named by a whole number greater than 0 without leading zeros, such as {ErrorText.Quote(folder.Name + "/1")}.";
}
