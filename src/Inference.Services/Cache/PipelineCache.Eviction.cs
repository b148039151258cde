using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Domain.Residence;

namespace Inference.Services.Cache;

/// <content>Making room.</content>
public sealed partial class PipelineCache
{
    // The end of a lease is told to nobody, so that requests pay nothing for it.
    private static readonly TimeSpan IdleLook = TimeSpan.FromMilliseconds(20);

    // For so long what came back soon after its eviction is spared although nothing else may go.
    private static readonly TimeSpan SparedFor = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan RetryHint = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Makes room for a load that requests wait for, those that came first first: evicts what is idle, and waits for a while where
    /// everything is in use.
    /// </summary>
    /// <param name="key">What is to be loaded.</param>
    /// <param name="bytes">What it is expected to need.</param>
    /// <param name="isPinned">It is loaded in any case.</param>
    /// <param name="cancellation">The server stops.</param>
    internal async Task<RoomOutcome> MakeRoomAsync(PipelineKey key, long bytes, bool isPinned, CancellationToken cancellation)
    {
        if (TryTake(bytes) is { } free)
            return new RoomOutcome(free, null);
        if (!isPinned && TooLarge(bytes) is { } tooLarge)
            return Refuse(key, CacheRefusals.Size, tooLarge, null);
        var start = _time.GetTimestamp();
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            while (true)
            {
                Task freed;
                lock (_lock)
                    freed = _freed.Task;
                if (TryTake(bytes) is { } room)
                    return new RoomOutcome(room, null);
                var waited = _time.GetElapsedTime(start);
                if (Evict(bytes, EvictionReasons.Room, sparesReturned: waited < SparedFor) == 0 && !HasLeaving())
                {
                    if (isPinned)
                        return new RoomOutcome(Take(bytes), null);
                    if (waited >= TimeSpan.FromMilliseconds(_options.RoomWaitMilliseconds))
                        return Refuse(key, CacheRefusals.Room, NoRoomText(bytes), RetryHint);
                }

                await Task.WhenAny(freed, Task.Delay(IdleLook, _time, cancellation)).ConfigureAwait(false);
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private string NoRoomText(long bytes)
    {
        lock (_lock)
            return $"there is no room for it in memory: it needs about {bytes} bytes, and of Cache:MemoryBytes ({_options.MemoryBytes}) {_held + _reserved} are taken by pipelines that are in use, pinned or being loaded; try again later.";
    }

    private RoomOutcome Refuse(PipelineKey key, string reason, string text, TimeSpan? retryAfter)
    {
        _logger.NoRoom(key.Describe(), text);
        return new RoomOutcome(null, () =>
        {
            _metrics.Refused(reason);
            return new InferenceException(ErrorCode.Overloaded, $"{key.Describe()} is not loaded: {text}") { RetryAfter = retryAfter };
        });
    }

    private bool HasLeaving()
    {
        lock (_lock)
            return _residents.Values.Any(r => r.IsLeaving);
    }

    // What takes more than was expected when it was loaded, or than it did.
    private void Trim()
    {
        Evict(0, EvictionReasons.Growth, sparesReturned: false);
        lock (_lock)
        {
            var isOver = HasBudget && _held > _options.MemoryBytes && !_residents.Values.Any(r => r.IsLeaving);
            if (isOver && !_isOver)
                _logger.OverBudget(_held, _options.MemoryBytes);
            _isOver = isOver;
        }
    }

    // Callers hold their own locks.
    private void TrimLater()
    {
        lock (_lock)
        {
            if (!HasBudget || _held + _reserved <= _options.MemoryBytes)
                return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static cache => cache.Trim(), this, preferLocal: false);
    }

    /// <summary>Evicts as far as needed and possible.</summary>
    /// <returns>How many pipelines go.</returns>
    private int Evict(long bytes, string reason, bool sparesReturned)
    {
        if (!HasBudget)
            return 0;
        var gone = 0;

        // What its owner keeps must not keep others from going.
        var kept = new HashSet<Resident>();
        while (true)
        {
            Resident[] residents;
            IReadOnlyList<int> chosen;
            lock (_lock)
            {
                residents = [.. _residents.Values.Where(r => !kept.Contains(r))];
                var needed = _held + _reserved + bytes - _options.MemoryBytes - _residents.Values.Where(r => r.IsLeaving).Sum(r => r.Bytes);
                chosen = EvictionPolicy.Choose([.. residents.Select((r, i) => r.Describe(i))], needed, _time.GetTimestamp(), sparesReturned);
            }

            if (chosen.Count == 0)
                return gone;
            foreach (var resident in chosen.Select(i => residents[i]))
            {
                if (TryEvict(resident, reason))
                    gone++;
                else
                    kept.Add(resident);
            }
        }
    }

    private bool TryEvict(Resident resident, string reason)
    {
        // Marked before, since it may be gone at once.
        lock (_lock)
        {
            if (resident.IsLeaving)
                return false;
            resident.IsLeaving = true;
        }

        var lastUse = resident.Entry.LastUse;
        if (!resident.Owner.TryEvict(resident.Entry))
        {
            lock (_lock)
                resident.IsLeaving = false;
            return false;
        }

        var now = _time.GetTimestamp();
        _metrics.Evicted(reason);
        lock (_lock)
        {
            _evicted[resident.Entry.Key] = (now, resident.Returns);
            var held = _residents.Values.Where(r => !r.IsLeaving).Sum(r => r.Bytes);
            _logger.Evicted(resident.Entry.Key.Describe(), _time.GetElapsedTime(lastUse, now).TotalSeconds, resident.Bytes, reason == EvictionReasons.Room ? "another is to be loaded" : "the pipelines in memory take more than they may", held, _options.MemoryBytes);
        }

        return true;
    }
}
