using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Inference.Infra.Storage.S3.Caching;

/// <summary>
/// Objects on this machine. A file's name says which object it is (store, key, ETag, size) and what its content must be (SHA-256),
/// so that any number of servers share them, and none serves what a crash or somebody else left in their place: each server reads
/// a file once before it uses it. Thread-safe.
/// </summary>
internal sealed class ObjectCache(CacheFolder folder, IObjectStore store, ObjectDownload download, CacheBudget budget, StoreContext context)
{
    private const int IdLength = 32;
    private const int MostOpenings = 200;
    private static readonly TimeSpan OpeningPause = TimeSpan.FromMilliseconds(5);
    private readonly ConcurrentDictionary<string, bool> _proven = new(StringComparer.Ordinal);

    /// <summary>The file that holds an object, downloaded where it is not here.</summary>
    /// <remarks>It may be removed by anybody at any time once it is not leased: give it a name of your own.</remarks>
    /// <exception cref="StoreException">It could not be had.</exception>
    public async Task<string> GetAsync(StoredObject wanted, CancellationToken cancellation)
    {
        var id = Id(wanted);
        try
        {
            while (true)
            {
                if (Find(id, wanted.Size) is { } found)
                    return found;
                using var partial = await PartialFile.TakeAsync(Path.Combine(folder.Partial, id), () => Find(id, wanted.Size) is not null, context.Time, cancellation).ConfigureAwait(false);
                if (partial is not null)
                    return await CompleteAsync(wanted, id, partial, cancellation).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            throw CacheFolder.Unusable(e, folder.Path);
        }
    }

    /// <summary>Puts an object under a name of the caller's own, where it stays.</summary>
    /// <exception cref="StoreException">It could not be had.</exception>
    public async Task PlaceAsync(StoredObject wanted, string path, CancellationToken cancellation)
    {
        const int most = 3;
        for (var attempt = 1; ; attempt++)
        {
            var cached = await GetAsync(wanted, cancellation).ConfigureAwait(false);
            try
            {
                HardLink.Create(cached, path);
                return;
            }
            catch (Exception e) when (ReadError.Is(e) && attempt < most && !File.Exists(cached))
            {
                // Another server made room just now.
            }
            catch (Exception e) when (ReadError.Is(e))
            {
                throw CacheFolder.Unusable(e, folder.Path);
            }
        }
    }

    /// <summary>True where an object is here.</summary>
    public bool Has(StoredObject wanted) => folder.Has(Id(wanted), wanted.Size);

    /// <summary>Names an object in the cache.</summary>
    public string Id(StoredObject wanted)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{store.Identity}\n{wanted.Key}\n{wanted.ETag}\n{wanted.Size}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..IdLength];
    }

    private string? Find(string id, long size) => folder.Files(id).FirstOrDefault(path => IsWhole(path, size));

    private bool IsWhole(string path, long size)
    {
        try
        {
            if (new FileInfo(path).Length != size || !IsProven(path))
            {
                context.Logger.CachedFileBroken(path);
                File.Delete(path);
                _proven.TryRemove(path, out _);
                return false;
            }

            // The least recently used goes first.
            File.SetLastWriteTimeUtc(path, context.Time.GetUtcNow().UtcDateTime);
            return true;
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            return false;
        }
    }

    private bool IsProven(string path)
    {
        if (_proven.ContainsKey(path))
            return true;
        using var file = Open(path);
        var isRight = path.EndsWith(Convert.ToHexStringLower(SHA256.HashData(file)), StringComparison.Ordinal);
        if (isRight)
            _proven[path] = true;
        return isRight;
    }

    // Another server that has just named it so may hold it for a moment.
    private static FileStream Open(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return File.OpenRead(path);
            }
            catch (IOException) when (attempt < MostOpenings && File.Exists(path))
            {
                Thread.Sleep(OpeningPause);
            }
        }
    }

    private async Task<string> CompleteAsync(StoredObject wanted, string id, PartialFile partial, CancellationToken cancellation)
    {
        budget.Reserve(id, wanted.Size);
        try
        {
            var start = context.Time.GetTimestamp();
            var sha256 = await download.RunAsync(wanted, partial, cancellation).ConfigureAwait(false);
            var path = Path.Combine(Directory.CreateDirectory(folder.ShardOf(id)).FullName, $"{id}-{sha256}");
            File.Move(partial.Path, path, overwrite: true);

            // Those who wait for it read it at once, which its lock keeps them from.
            partial.Dispose();
            _proven[path] = true;
            context.Logger.Downloaded(store.Describe(wanted.Key), wanted.Size, context.Time.GetElapsedTime(start).TotalSeconds);
            return path;
        }
        finally
        {
            budget.Settle(id);
        }
    }
}
