using Inference.Core.Configuration;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Storage.S3.Caching;
using Inference.Infra.Storage.S3.Sketches;

namespace Inference.Infra.Storage.S3;

/// <summary>What of a store is on this machine: sketches of its models, and versions that are being loaded. Thread-safe.</summary>
internal sealed class S3Cache : IDisposable
{
    private readonly ObjectDownload _download;
    private readonly ObjectCache _objects;
    private readonly CacheBudget _budget;
    private readonly ProcessFolder _scratch;
    private readonly CacheFolder _folder;
    private readonly int _most;

    private S3Cache(IObjectStore store, ExecutionOptions defaults, RepositoryOptions options, bool isSingle, StoreContext context, CacheFolder folder)
    {
        (_folder, _most) = (folder, options.S3.Downloads);
        _scratch = ProcessFolder.Create(folder);
        _download = new ObjectDownload(store, options.S3.Downloads, options.S3.ETagIsMd5, context);
        _budget = new CacheBudget(folder, _scratch, options.S3.CacheBytes, context);
        _objects = new ObjectCache(folder, store, _download, _budget, context);
        Reader = new SketchReader(_objects, _scratch, defaults, options.CompleteMarker, isSingle);
    }

    /// <summary>Reads models.</summary>
    public SketchReader Reader { get; }

    /// <summary>Opens the cache's folder.</summary>
    /// <exception cref="StoreException">Local: it cannot be used.</exception>
    public static S3Cache Open(IObjectStore store, ExecutionOptions defaults, RepositoryOptions options, bool isSingle, StoreContext context)
    {
        var folder = CacheFolder.Open(options.S3.CachePath);
        try
        {
            return new S3Cache(store, defaults, options, isSingle, context, folder);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            throw CacheFolder.Unusable(e, folder.Path);
        }
    }

    /// <summary>Removes what is there above the bound, from time to time.</summary>
    /// <exception cref="StoreException">Local: the folder cannot be read.</exception>
    public void Refresh()
    {
        try
        {
            _budget.Refresh();
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            throw CacheFolder.Unusable(e, _folder.Path);
        }
    }

    /// <summary>Brings the objects of a version into a folder of their own.</summary>
    /// <param name="version">What is needed.</param>
    /// <param name="cancellation">Ends the wait; what has arrived stays.</param>
    /// <exception cref="StoreException">They could not be had.</exception>
    public async Task<S3Version> FetchAsync(VersionObjects version, CancellationToken cancellation)
    {
        if (version.Size > _budget.Most)
            throw new StoreException(StoreFailure.TooLarge, $"it has {version.Size} bytes, more than the {_budget.Most} that {ErrorText.Quote(_folder.Path)} may have; raise Repository:S3:CacheBytes, and give the folder the room.");
        RoomLease? lease = null;
        var folder = string.Empty;
        try
        {
            lease = await _budget.LeaseAsync([.. version.Files.Select(f => (_objects.Id(f.Value), f.Value.Size))], cancellation).ConfigureAwait(false);
            folder = _scratch.Next();
            foreach (var within in version.Files.Select(f => Path.GetDirectoryName(f.Key)!).Where(d => d.Length > 0).Distinct(StringComparer.Ordinal))
                Directory.CreateDirectory(Path.Combine(folder, within));
            var bounded = new ParallelOptions { MaxDegreeOfParallelism = _most, CancellationToken = cancellation };
            await Parallel.ForEachAsync(version.Files, bounded, async (file, token) =>
                await _objects.PlaceAsync(file.Value, Path.Combine(folder, file.Key), token).ConfigureAwait(false)).ConfigureAwait(false);
            return new S3Version(folder, lease);
        }
        catch (Exception e)
        {
            if (folder.Length > 0)
                ProcessFolder.Remove(folder);
            lease?.Dispose();
            if (ReadError.Is(e))
                throw CacheFolder.Unusable(e, _scratch.Path);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _budget.Dispose();
        _scratch.Dispose();
        _download.Dispose();
    }
}
