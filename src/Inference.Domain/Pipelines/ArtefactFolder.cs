namespace Inference.Domain.Pipelines;

/// <summary>The folder of one version. Resolves names of files in it and refuses any path that leads out of it.</summary>
public sealed class ArtefactFolder
{
    // As many as Linux follows.
    private const int MaxLinks = 40;

    /// <summary>Creates it for a folder of the local file system.</summary>
    public ArtefactFolder(string path) => Path = System.IO.Path.GetFullPath(path);

    /// <summary>Absolute path of the folder.</summary>
    public string Path { get; }

    /// <summary>Absolute path of an existing file in the folder.</summary>
    /// <param name="name">Relative to the folder; neither <c>..</c>, an absolute path nor a link may lead out of it.</param>
    /// <exception cref="InferenceException">LoadFailed, naming the file and what is wrong.</exception>
    public string File(string name)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal) || System.IO.Path.IsPathRooted(name))
            throw Refuse(name, "a file is named relative to the version's folder");
        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(Path, name));
        if (!IsInside(Path, path))
            throw Refuse(name, "it lies outside the version's folder");
        if (!System.IO.File.Exists(path))
            throw Refuse(name, "there is no such file in the version's folder");
        if (!IsInside(RealPath(Path), RealPath(path)))
            throw Refuse(name, "it is a link that leads out of the version's folder");
        return path;
    }

    /// <summary>
    /// The absolute path with every link on the way followed as the operating system does: <c>..</c> behind a link goes up
    /// from where the link leads.
    /// </summary>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static string RealPath(string path)
    {
        var root = System.IO.Path.GetPathRoot(path) ?? "/";
        var real = root;
        var rest = new Stack<string>();
        Push(rest, path[root.Length..]);
        var links = 0;
        while (rest.TryPop(out var part))
        {
            var next = System.IO.Path.Combine(real, part);
            if (part == "..")
            {
                real = System.IO.Path.GetDirectoryName(real) ?? root;
            }
            else if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
            }
            else
            {
                if (++links > MaxLinks)
                    throw new IOException($"more than {MaxLinks} links lead from one to the next.");
                if (System.IO.Path.IsPathRooted(target))
                    real = root;
                Push(rest, target);
            }
        }

        return real;
    }

    private static void Push(Stack<string> rest, string path)
    {
        foreach (var part in path.Split(System.IO.Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries).Reverse().Where(p => p != "."))
            rest.Push(part);
    }

    private static bool IsInside(string folder, string path) =>
        path.StartsWith(folder.TrimEnd(System.IO.Path.DirectorySeparatorChar) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static InferenceException Refuse(string name, string why) =>
        new(ErrorCode.LoadFailed, $"file {ErrorText.Quote(name)} cannot be used: {why}.");
}
