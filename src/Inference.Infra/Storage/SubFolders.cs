using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage;

/// <summary>A folder in a folder of the repository.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">Its path.</param>
/// <param name="Problem">Why it cannot be used; empty where it can.</param>
internal readonly record struct SubFolder(string Name, string Path, string Problem);

/// <summary>
/// Lists sub-folders by name. Files and hidden names are passed over. A link counts as the folder that it leads to while
/// that lies inside the repository, which is how mounted volumes are laid out; a link that leads elsewhere is a problem.
/// </summary>
internal static class SubFolders
{
    // Left by file systems at the root of a volume, and readable by its owner only.
    private const string LostAndFound = "lost+found";

    /// <summary>The sub-folders of <paramref name="folder"/>, by name.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="repository">Where links may lead to.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder must not be read.</exception>
    public static List<SubFolder> Of(string folder, RepositoryContext repository)
    {
        var found = new List<SubFolder>();
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry.Name.StartsWith('.') || entry.Name == LostAndFound)
                continue;
            if (entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                AddLink(found, entry, repository);
            else if (entry is DirectoryInfo)
                found.Add(new SubFolder(entry.Name, entry.FullName, string.Empty));
        }

        found.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found;
    }

    /// <summary>True where the path, with links followed, lies inside the repository.</summary>
    public static bool IsInside(string realRoot, string realPath) =>
        realPath.StartsWith(realRoot.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static void AddLink(List<SubFolder> found, FileSystemInfo link, RepositoryContext repository)
    {
        var problem = LinkProblem(link, repository);
        if (problem is null)
            return;
        if (problem.Length > 0)
            problem = $"{ErrorText.Quote(link.Name)} {problem.TrimEnd('.')}.";
        found.Add(new SubFolder(link.Name, link.FullName, problem));
    }

    // Null where the link leads to a file, which is passed over.
    private static string? LinkProblem(FileSystemInfo link, RepositoryContext repository)
    {
        try
        {
            if (!Directory.Exists(link.FullName))
                return link.ResolveLinkTarget(returnFinalTarget: true) is { Exists: true } ? null : "is a link to something that is not there";
            return repository.Contains(ArtefactFolder.RealPath(link.FullName))
                ? string.Empty
                : "is a link that leads out of the repository; put the folder itself there, link to one inside the repository, or name where it lies in Repository:LinkRoots";
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            return $"is a link that cannot be followed: {ReadError.Describe(e)}";
        }
    }
}
