using System.Collections.Immutable;
using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Storage;

/// <summary>What readers of models and versions know of the repository. Immutable.</summary>
/// <param name="RealRoot">The repository's path with links followed.</param>
/// <param name="Defaults">What holds for execution where a manifest says nothing.</param>
internal sealed record RepositoryContext(string RealRoot, ExecutionOptions Defaults)
{
    /// <summary>Folders beside the repository that its links may lead to, with links followed.</summary>
    public ImmutableArray<string> LinkRoots { get; init; } = [];

    /// <summary>JSON that takes the place of every configuration and manifest of the model; null to read those.</summary>
    public string? Configuration { get; init; }

    /// <summary>True where a path, with links followed, may be read: inside the repository, or where its links may lead to.</summary>
    public bool Contains(string realPath) => SubFolders.IsInside(RealRoot, realPath) || LinkRoots.Any(r => r == realPath || SubFolders.IsInside(r, realPath));

    /// <summary>The root of a manifest in a folder; null where there is none.</summary>
    /// <param name="folder">Path of the folder.</param>
    /// <param name="name">Name of the manifest, ending in <c>.yaml</c>.</param>
    /// <param name="shown">How errors name the folder.</param>
    /// <exception cref="ManifestException">It cannot be read, or has another ending than <c>.yaml</c>.</exception>
    public OptionNode? ReadManifest(string folder, string name, string shown)
    {
        return Find(folder, name, shown) is { } path ? ManifestFile.Read(path, $"{shown}/{name}") : NoManifest(folder, name, shown);
    }

    /// <summary>The content of a configuration in a folder; null where there is none.</summary>
    /// <param name="folder">Path of the folder.</param>
    /// <param name="name">Name of the file.</param>
    /// <param name="shown">How errors name the folder.</param>
    /// <exception cref="ManifestException">It cannot be read.</exception>
    public string? ReadText(string folder, string name, string shown)
    {
        CheckNoFolder(folder, name, shown);
        return Find(folder, name, shown) is { } path ? ManifestFile.ReadText(path, $"{shown}/{name}") : null;
    }

    private string? Find(string folder, string name, string shown)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
            return null;
        if (File.ResolveLinkTarget(path, returnFinalTarget: false) is not null && !Contains(ArtefactFolder.RealPath(path)))
            throw new ManifestException([$"{shown}/{name}: the file is a link that leads out of the repository; put the file itself there."]);
        return path;
    }

    // A manifest under a name that nobody reads would be a silent change of behaviour.
    private static OptionNode? NoManifest(string folder, string name, string shown)
    {
        CheckNoFolder(folder, name, shown);
        var other = Path.ChangeExtension(name, ".yml");
        return File.Exists(Path.Combine(folder, other))
            ? throw new ManifestException([$"{shown}/{other}: manifests are named {name}; rename the file."])
            : null;
    }

    private static void CheckNoFolder(string folder, string name, string shown)
    {
        if (Directory.Exists(Path.Combine(folder, name)))
            throw new ManifestException([$"{shown}/{name}: this is a folder; a manifest is a file."]);
    }
}
