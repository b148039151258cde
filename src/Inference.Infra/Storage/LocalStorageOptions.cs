using System.Collections.Immutable;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage;

/// <summary>What a repository on the local file system takes. Immutable.</summary>
public sealed record LocalStorageOptions
{
    /// <summary>Name of a file that must stand in a version's folder before the version counts; empty for none.</summary>
    public string CompleteMarker { get; init; } = string.Empty;

    /// <summary>Folders beside the repository that links in it may lead to.</summary>
    public ImmutableArray<string> LinkRoots { get; init; } = [];

    /// <summary>Those of <see cref="LinkRoots"/> that are there, with links followed.</summary>
    internal ImmutableArray<string> RealLinkRoots() => [.. LinkRoots.Where(Directory.Exists).Select(r => ArtefactFolder.RealPath(Path.GetFullPath(r)))];
}
