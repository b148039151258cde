using System.IO.Enumeration;

namespace Inference.Deploy.Tests.Image;

/// <summary>The files of the checkout that a build gets to see, as <c>.dockerignore</c> says.</summary>
internal sealed class BuildContext
{
    private readonly string _root = DeployFolder.Root;
    private readonly HashSet<string> _everywhere = [];
    private readonly HashSet<string> _atTheTop = [];

    public BuildContext()
    {
        foreach (var line in File.ReadLines(Path.Combine(_root, ".dockerignore")).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#'))
        {
            var name = line.StartsWith("**/", StringComparison.Ordinal) ? line[3..] : line;
            if (name.AsSpan().ContainsAny("*?!/["))
                throw new FormatException($".dockerignore: '{line}' is not understood.");
            (name == line ? _atTheTop : _everywhere).Add(name);
        }
    }

    /// <summary>Copies what a pattern names to a folder, or one file to a file: folders by what is in them. Returns how many files.</summary>
    public int Copy(string pattern, string target, bool isFolder)
    {
        var folder = Path.Combine(_root, Path.GetDirectoryName(pattern)!);
        var count = 0;
        foreach (var source in Directory.EnumerateFileSystemEntries(folder).Where(e => FileSystemName.MatchesSimpleExpression(Path.GetFileName(pattern), Path.GetFileName(e), ignoreCase: false) && IsSeen(e)))
            count += Directory.Exists(source) ? CopyFolder(source, target) : CopyFile(source, isFolder ? Path.Combine(target, Path.GetFileName(source)) : target);
        return count;
    }

    private int CopyFolder(string source, string target) => Directory.EnumerateFileSystemEntries(source).Where(IsSeen)
        .Sum(e => Directory.Exists(e) ? CopyFolder(e, Path.Combine(target, Path.GetFileName(e))) : CopyFile(e, Path.Combine(target, Path.GetFileName(e))));

    private static int CopyFile(string source, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(source, target, overwrite: true);
        return 1;
    }

    private bool IsSeen(string path)
    {
        var parts = Path.GetRelativePath(_root, path).Split(Path.DirectorySeparatorChar);
        return !_atTheTop.Contains(parts[0]) && !parts.Any(_everywhere.Contains);
    }
}
