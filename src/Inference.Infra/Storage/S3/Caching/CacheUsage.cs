namespace Inference.Infra.Storage.S3.Caching;

/// <summary>What lies in the cache's folder at a moment. Immutable.</summary>
internal sealed class CacheUsage
{
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private CacheUsage(long bytes, long covered, IReadOnlyList<CachedFile> free) => (Bytes, Covered, Free) = (bytes, covered, free);

    /// <summary>Bytes of all files, each counted once whatever names it has.</summary>
    public long Bytes { get; }

    /// <summary>Those of them for which room has been reserved: downloads under way, or just done.</summary>
    public long Covered { get; }

    /// <summary>Files that nothing uses, the least recently used first.</summary>
    public IReadOnlyList<CachedFile> Free { get; }

    /// <summary>Looks.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="isUsed">Tells by an object's id whether this server uses it.</param>
    /// <param name="isReserved">Tells by an object's id whether room is reserved for the whole of it.</param>
    /// <param name="now">Partial downloads that nobody touched for a day are removed.</param>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static CacheUsage Look(CacheFolder folder, Func<string, bool> isUsed, Func<string, bool> isReserved, DateTime now)
    {
        var (bytes, covered) = (0L, 0L);
        var free = new List<CachedFile>();

        // What a server has under a name of its own stays on the disk when the object's name goes.
        var held = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var file in Files(folder.Processes).Where(f => f.DirectoryName != folder.Processes))
            held[Identity(file)] = file.Length;
        foreach (var file in Files(folder.Objects))
        {
            var id = CacheFolder.IdOf(file.Name);
            bytes += file.Length;
            var isHeld = held.Remove(Identity(file));
            if (isReserved(id))
                covered += file.Length;
            else if (!isHeld && !isUsed(id))
                free.Add(new CachedFile(file.FullName, file.Length, file.LastWriteTimeUtc, IsPartial: false));
        }

        foreach (var file in Files(folder.Partial))
        {
            var isFree = PartialFile.IsFree(file.FullName);
            if (isFree && now - file.LastWriteTimeUtc > Abandoned && PartialFile.TryRemove(file.FullName))
                continue;
            bytes += file.Length;
            if (!isFree || isReserved(CacheFolder.IdOf(file.Name)))
                covered += file.Length;
            else
                free.Add(new CachedFile(file.FullName, file.Length, file.LastWriteTimeUtc, IsPartial: true));
        }

        return new CacheUsage(bytes + held.Values.Sum(), covered, [.. free.OrderBy(f => f.UsedUtc)]);
    }

    // Others remove files meanwhile.
    private static IEnumerable<FileInfo> Files(string path) => new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Where(f => f.Exists);

    private static string Identity(FileInfo file)
    {
        try
        {
            return FileStatus.Of(file.FullName).Identity is { Length: > 0 } identity ? identity : file.FullName;
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            return file.FullName;
        }
    }
}

/// <summary>A file of the cache that nothing uses.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Size">Bytes.</param>
/// <param name="UsedUtc">When it was used last.</param>
/// <param name="IsPartial">A download that ended early, from which another might go on.</param>
internal readonly record struct CachedFile(string Path, long Size, DateTime UsedUtc, bool IsPartial);
