using System.Globalization;

namespace Inference.Core.Telemetry;

/// <summary>
/// What the process may use of memory before the system ends it: the least of the machine's memory and the limits of the control
/// groups that it is in. Not what the garbage collector tells, which is the part of a container's limit that its heap may have. Thread-safe.
/// </summary>
public static class MemoryLimit
{
    private const string Groups = "sys/fs/cgroup";

    /// <summary>The limit in bytes; null where none is found, as on systems without these files.</summary>
    /// <param name="root">Where the file system begins.</param>
    public static long? Read(string root = "/")
    {
        var limits = Lines(Path.Combine(root, "proc/self/cgroup")).SelectMany(line => Files(root, line)).Select(First).Append(Machine(root)).OfType<long>().Where(l => l > 0).ToList();
        return limits.Count > 0 ? limits.Min() : null;
    }

    // Of the second version '0::/path', of the first '4:memory:/path'. A limit of a group holds for all below it, and a container
    // may see its own group at the top, whatever path it is told.
    private static IEnumerable<string> Files(string root, string line)
    {
        var parts = line.Split(':', 3);
        if (parts.Length < 3)
            yield break;
        var controllers = parts[1].Split(',');
        if (parts[1].Length > 0 && !controllers.Contains("memory"))
            yield break;
        var (folder, file) = parts[1].Length == 0 ? (Path.Combine(root, Groups), "memory.max") : (Path.Combine(root, Groups, "memory"), "memory.limit_in_bytes");
        yield return Path.Combine(folder, file);
        foreach (var name in parts[2].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            folder = Path.Combine(folder, name);
            yield return Path.Combine(folder, file);
        }
    }

    // Without a limit the second version says 'max', the first a number beyond all memory.
    private static long? First(string file) => Number(Lines(file).FirstOrDefault() ?? string.Empty);

    private static long? Machine(string root) => Lines(Path.Combine(root, "proc/meminfo")).FirstOrDefault(l => l.StartsWith("MemTotal:", StringComparison.Ordinal)) is { } line
        ? Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) * 1024
        : null;

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
