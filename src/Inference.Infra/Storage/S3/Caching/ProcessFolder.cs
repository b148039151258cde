namespace Inference.Infra.Storage.S3.Caching;

/// <summary>
/// A folder for files that one server needs while it runs. What a server left that was killed is removed by the next one: the
/// lock on a file beside the folder tells who is alive. Thread-safe.
/// </summary>
internal sealed class ProcessFolder : IDisposable
{
    private const string LockEnding = ".lock";
    private const string RoomEnding = ".room";
    private static readonly TimeSpan OldLock = TimeSpan.FromDays(1);
    private readonly FileStream _lock;
    private long _last;

    private ProcessFolder(string path, FileStream lockFile) => (Path, _lock) = (path, lockFile);

    public string Path { get; }

    /// <summary>File in which the server tells others how much it is about to download.</summary>
    public string RoomPath => Path + RoomEnding;

    /// <summary>Makes one.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static ProcessFolder Create(CacheFolder cache)
    {
        Sweep(cache.Processes);
        var path = System.IO.Path.Combine(cache.Processes, Guid.NewGuid().ToString("n"));

        // The lock first, so that whoever sees the folder sees that it is used.
        var held = new FileStream(path + LockEnding, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        Directory.CreateDirectory(path);
        return new ProcessFolder(ArtefactPath(path), held);
    }

    /// <summary>Path of a new folder in it, which is made.</summary>
    public string Next() => Directory.CreateDirectory(System.IO.Path.Combine(Path, Interlocked.Increment(ref _last).ToString(System.Globalization.CultureInfo.InvariantCulture))).FullName;

    /// <summary>Removes a folder with all in it, where it is there.</summary>
    public static void Remove(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            // Somebody else removed it, or the next server will.
        }
    }

    /// <summary>Those files of all servers.</summary>
    public static IEnumerable<string> RoomsOf(string processes) => Directory.EnumerateFiles(processes, "*" + RoomEnding);

    /// <summary>Removes a file; false where it cannot.</summary>
    public static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            return false;
        }
    }

    /// <summary>Removes what servers left that are not there any more.</summary>
    public static void Sweep(string processes)
    {
        foreach (var path in Directory.EnumerateFiles(processes, "*" + LockEnding))
        {
            var folder = path[..^LockEnding.Length];
            try
            {
                // One without a folder may be about to make it.
                if (!Directory.Exists(folder) && DateTime.UtcNow - File.GetLastWriteTimeUtc(path) < OldLock)
                    continue;
                using var free = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                Remove(folder);
                File.Delete(folder + RoomEnding);
                File.Delete(path);
            }
            catch (Exception e) when (ReadError.Is(e))
            {
                // Held: its server lives.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Remove(Path);
        TryDelete(RoomPath);
        TryDelete(_lock.Name);
        _lock.Dispose();
    }

    private static string ArtefactPath(string path) => Domain.Pipelines.ArtefactFolder.RealPath(path);
}
