using System.Collections.Concurrent;

namespace Inference.Infra.Storage.S3.Caching;

/// <summary>Keeps what is cached below a number of bytes: the least recently used objects go, but for those that are leased. Thread-safe.</summary>
internal sealed class CacheBudget(CacheFolder folder, long most, StoreContext context)
{
    // Other servers may share the folder.
    private static readonly TimeSpan LongestUnseen = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);
    private readonly ConcurrentDictionary<string, int> _leased = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private long _bytes = long.MaxValue;
    private long _seen;

    /// <summary>The bound.</summary>
    public long Most => most;

    /// <summary>Keeps objects until <see cref="Release"/>.</summary>
    public void Lease(IEnumerable<string> ids)
    {
        foreach (var id in ids)
            _leased.AddOrUpdate(id, 1, (_, n) => n + 1);
    }

    public void Release(IEnumerable<string> ids)
    {
        foreach (var id in ids)
        {
            if (_leased.AddOrUpdate(id, 0, (_, n) => n - 1) == 0)
                _leased.TryRemove(new KeyValuePair<string, int>(id, 0));
        }
    }

    /// <summary>Removes what has to go before so many bytes come. Does what it can: what is leased stays.</summary>
    public void MakeRoom(long bytes)
    {
        lock (_lock)
        {
            if (_bytes <= most - bytes && context.Time.GetElapsedTime(_seen) < LongestUnseen)
            {
                _bytes += bytes;
                context.Metrics.Holds(_bytes, most);
                return;
            }

            var files = Look();
            var all = files.Sum(f => f.Size) + bytes;
            foreach (var file in files.OrderBy(f => f.UsedUtc).TakeWhile(_ => all > most).Where(IsFree))
            {
                if (!Remove(file.Path))
                    continue;
                all -= file.Size;
                context.Metrics.Removed();
            }

            (_bytes, _seen) = (all, context.Time.GetTimestamp());
            context.Metrics.Holds(all, most);
        }
    }

    private bool IsFree((string Path, long Size, DateTime UsedUtc) file) => !_leased.ContainsKey(Path.GetFileName(file.Path).Split('-')[0]);

    private List<(string Path, long Size, DateTime UsedUtc)> Look()
    {
        var now = context.Time.GetUtcNow().UtcDateTime;
        foreach (var partial in new DirectoryInfo(folder.Partial).EnumerateFiles().Where(f => now - f.LastWriteTimeUtc > Abandoned))
            Remove(partial.FullName);
        return [.. new DirectoryInfo(folder.Objects).EnumerateFiles("*", SearchOption.AllDirectories).Select(f => (f.FullName, f.Length, f.LastWriteTimeUtc))];
    }

    private bool Remove(string path)
    {
        try
        {
            File.Delete(path);
            context.Logger.CachedFileRemoved(path);
            return true;
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            return false;
        }
    }
}
