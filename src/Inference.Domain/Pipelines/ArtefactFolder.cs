namespace Inference.Domain.Pipelines;

/// <summary>The folder of one version. Resolves names of files in it and refuses any path that leads out of it.</summary>
public sealed class ArtefactFolder
{
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

    /// <summary>The path with every link on the way followed.</summary>
    public static string RealPath(string path)
    {
        var real = System.IO.Path.GetPathRoot(path) ?? "/";
        foreach (var part in path[real.Length..].Split(System.IO.Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = System.IO.Path.Combine(real, part);
            FileSystemInfo info = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            var target = info.ResolveLinkTarget(returnFinalTarget: true);
            real = target is null ? next : RealPath(target.FullName);
        }

        return real;
    }

    private static bool IsInside(string folder, string path) =>
        path.StartsWith(folder.TrimEnd(System.IO.Path.DirectorySeparatorChar) + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static InferenceException Refuse(string name, string why) =>
        new(ErrorCode.LoadFailed, $"file {ErrorText.Quote(name)} cannot be used: {why}.");
}
