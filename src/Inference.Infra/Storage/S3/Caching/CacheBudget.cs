using Inference.Domain;

namespace Inference.Infra.Storage.S3.Caching;

/// <summary>
/// Keeps the cache's folder below a number of bytes, at every moment and with all servers that share it: room is reserved before a
/// download begins, and the least recently used files that nothing uses go for it. Thread-safe.
/// </summary>
internal sealed class CacheBudget(CacheFolder folder, ProcessFolder process, long most, StoreContext context) : IDisposable
{
    // Somebody else may have changed the folder.
    private static readonly TimeSpan LongestUnseen = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly SharedRoom _shared = new(folder, process);
    private readonly Dictionary<string, int> _used = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _coming = new(StringComparer.Ordinal);
    private readonly long _slackUnit = Math.Min(16L << 20, most / 100);
    private TaskCompletionSource _released = NewSignal();
    private int _leases;
    private long _slack;
    private long _bytes;
    private long? _seen;

    /// <summary>The bound.</summary>
    public long Most => most;

    private long Coming => _coming.Values.Sum();

    private long Reserved => _slack + Coming;

    /// <summary>
    /// Keeps objects from being removed and reserves room for those that are not here. Waits where there is no room while this server
    /// loads something else, whose room it may get.
    /// </summary>
    /// <param name="objects">Ids and sizes.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="StoreException">NoRoom: others use too much of it.</exception>
    public async Task<RoomLease> LeaseAsync(IReadOnlyCollection<(string Id, long Size)> objects, CancellationToken cancellation)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            Task released;
            lock (_lock)
            {
                if (TryLease(objects) is { } lease)
                    return lease;
                var missing = Missing(objects).Sum(o => o.Size);
                if (_leases == 0)
                    throw NoRoom(missing);
                if (isFirst)
                    context.Logger.WaitsForRoom(missing, folder.Path);
                released = _released.Task;
            }

            await released.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Reserves room for one object, unless its lease did.</summary>
    /// <exception cref="StoreException">NoRoom: what is here is in use.</exception>
    public void Reserve(string id, long size)
    {
        lock (_lock)
        {
            if (_coming.ContainsKey(id))
                return;

            // Many small ones need one look at the folder.
            if (size > _slack && size <= _slackUnit && TryReserve([(id, size + _slackUnit)]))
                _coming.Remove(id, out _slack);
            if (size <= _slack)
                (_coming[id], _slack) = (size, _slack - size);
            else if (!TryReserve([(id, size)]))
                throw NoRoom(size);
        }
    }

    /// <summary>A download for which room was reserved has ended, whatever it came to.</summary>
    public void Settle(string id)
    {
        lock (_lock)
        {
            if (_coming.Remove(id, out var size))
                _bytes += size;
            Tell();
        }
    }

    /// <summary>Removes what is there above the bound, as after it was lowered, where nobody has looked for a minute.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            if (_seen is null || context.Time.GetElapsedTime(_seen.Value) > LongestUnseen)
                TryReserve([]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _shared.Dispose();

    /// <summary>Ends a lease.</summary>
    internal void Release(IEnumerable<(string Id, long Size)> objects, IEnumerable<string> reserved)
    {
        lock (_lock)
        {
            EndUse(objects);
            foreach (var id in reserved)
                _coming.Remove(id);
            Tell();
            _leases--;
            _released.SetResult();
            _released = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RoomLease? TryLease(IReadOnlyCollection<(string Id, long Size)> objects)
    {
        // Used from now on, so that none of them goes for the others.
        foreach (var (id, _) in objects)
            _used[id] = _used.GetValueOrDefault(id) + 1;
        (string Id, long Size)[] missing = [.. Missing(objects)];
        _leases++;
        if (missing.Length == 0 || TryReserve(missing))
            return new RoomLease(this, objects, [.. missing.Select(m => m.Id)]);
        _leases--;
        EndUse(objects);
        return null;
    }

    private void EndUse(IEnumerable<(string Id, long Size)> objects)
    {
        foreach (var (id, _) in objects)
        {
            if (--_used[id] == 0)
                _used.Remove(id);
        }
    }

    private IEnumerable<(string Id, long Size)> Missing(IEnumerable<(string Id, long Size)> objects) =>
        objects.DistinctBy(o => o.Id).Where(o => !_coming.ContainsKey(o.Id) && !folder.Has(o.Id, o.Size));

    private bool TryReserve((string Id, long Size)[] wanted)
    {
        var bytes = wanted.Sum(w => w.Size);
        using var entered = _shared.Enter();
        var (others, isAlone) = _shared.Others();
        var isKnown = isAlone && _seen is { } seen && context.Time.GetElapsedTime(seen) < LongestUnseen && _bytes + Reserved + bytes <= most;
        if (!isKnown && !MakeRoom(wanted, bytes + others))
            return false;
        foreach (var (id, size) in wanted)
            _coming[id] = size;
        Tell();
        return true;
    }

    private void Tell()
    {
        _shared.Tell(Reserved);
        context.Metrics.Holds(_bytes + Coming, most);
    }

    // Nothing is removed where it would not be enough.
    private bool MakeRoom((string Id, long Size)[] wanted, long bytes)
    {
        _slack = 0;
        var ids = wanted.Select(w => w.Id).ToHashSet(StringComparer.Ordinal);
        var usage = CacheUsage.Look(folder, _used.ContainsKey, id => _coming.ContainsKey(id) || ids.Contains(id), context.Time.GetUtcNow().UtcDateTime);
        var excess = usage.Bytes - usage.Covered + Reserved + bytes - most;
        (_bytes, _seen) = (usage.Bytes - usage.Covered, context.Time.GetTimestamp());
        if (excess > usage.Free.Sum(f => f.Size) && wanted.Length > 0)
            return false;
        foreach (var file in usage.Free)
        {
            if (excess <= 0)
                break;
            if (!Remove(file))
                continue;
            (excess, _bytes) = (excess - file.Size, _bytes - file.Size);
        }

        return excess <= 0;
    }

    private bool Remove(CachedFile file)
    {
        if (!(file.IsPartial ? PartialFile.TryRemove(file.Path) : ProcessFolder.TryDelete(file.Path)))
            return false;
        context.Logger.CachedFileRemoved(file.Path);
        context.Metrics.Removed();
        return true;
    }

    private StoreException NoRoom(long bytes)
    {
        context.Metrics.NoRoom();
        return new StoreException(
            StoreFailure.NoRoom,
            $"there is no room for {bytes} bytes more in {ErrorText.Quote(folder.Path)}, which may have {most} (Repository:S3:CacheBytes): what is in it is in use, by models that are being loaded, warm-up data, or other servers that share the folder. Raise Repository:S3:CacheBytes, and give the folder the room.");
    }
}
