using Inference.Core.Configuration;
using Inference.Core.Telemetry;
using Inference.Domain.Registry;
using Inference.Domain.Residence;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Services.Cache;

/// <summary>
/// Which pipelines are in memory, what they take, and who goes when another needs the room. Requests to what is in memory never
/// come here. Thread-safe; calls owners only outside of its lock.
/// </summary>
public sealed partial class PipelineCache : IDisposable
{
    private readonly CacheOptions _options;
    private readonly ICacheMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ReturnPolicy _returns;
    private readonly Lock _lock = new();
    private readonly NeedEstimate _needs = new();
    private readonly Dictionary<PipelineEntry, Resident> _residents = [];
    private readonly Dictionary<PipelineKey, (long Time, int Returns)> _evicted = [];
    private readonly SemaphoreSlim _turn = new(1, 1);
    private TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _held;
    private long _reserved;
    private bool _isOver;

    /// <summary>Creates it, empty.</summary>
    public PipelineCache(CacheOptions options, ICacheMetrics metrics, TimeProvider time, ILogger<PipelineCache> logger)
    {
        _options = options;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _returns = new ReturnPolicy(TimeSpan.FromSeconds(options.ReturnSeconds));
        Waits = new LoadWaits(options.MaxWaitingRequests, metrics, time);
        metrics.Holds(0, 0, options.MemoryBytes);
    }

    /// <summary>One without a budget, for those who load everything once, whatever manifests say.</summary>
    internal static PipelineCache OfEverything(TimeProvider time) =>
        new(new CacheOptions(), NoCacheMetrics.Instance, time, NullLogger<PipelineCache>.Instance) { LoadsEverything = true };

    /// <summary>Nothing waits for a request.</summary>
    private bool LoadsEverything { get; init; }

    /// <summary>There is a budget.</summary>
    internal bool HasBudget => _options.MemoryBytes > 0;

    /// <summary>Requests that wait for loads.</summary>
    internal LoadWaits Waits { get; }

    /// <summary>Loads at once for requests that wait.</summary>
    internal int LoadThreads => _options.LoadThreads > 0 ? _options.LoadThreads : Environment.ProcessorCount;

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>Whether a model's versions wait for their first request.</summary>
    internal bool IsLazy(ModelManifest manifest) => !LoadsEverything && (manifest.IsLazy ?? _options.Loading == "lazy");

    /// <summary>Why a pipeline of that size can never be in memory; null where it can.</summary>
    internal string? TooLarge(long bytes) =>
        HasBudget && bytes > _options.MemoryBytes
            ? $"it takes {bytes} bytes of memory, more than all pipelines together may (Cache:MemoryBytes is {_options.MemoryBytes}); raise the budget, or pin the model if it may go beyond it."
            : null;

    /// <summary>
    /// Bytes that a pipeline is expected to take that was not loaded yet. No more than all may take unless its files alone are that
    /// large, since an estimate is no reason to refuse it.
    /// </summary>
    /// <param name="stored">Its bytes in storage.</param>
    /// <param name="overhead">What another version of it took beyond those; null where none was loaded.</param>
    internal long Expect(long stored, long? overhead)
    {
        lock (_lock)
        {
            var need = stored + (overhead ?? _needs.Overhead);
            return HasBudget ? Math.Max(stored, Math.Min(need, _options.MemoryBytes)) : need;
        }
    }

    /// <summary>A pipeline was loaded that has so many bytes in storage, and takes so many in memory.</summary>
    internal void Learn(long stored, long taken)
    {
        lock (_lock)
            _needs.Learn(stored, taken);
    }

    /// <summary>Room for a load that is begun ahead of requests; null where there is none without an eviction.</summary>
    internal Room? TryTake(long bytes)
    {
        lock (_lock)
            return HasBudget && _held + _reserved + bytes > _options.MemoryBytes ? null : Reserve(bytes);
    }

    /// <summary>Room for a load that must be, if need be beyond the budget; others go afterwards.</summary>
    internal Room Take(long bytes)
    {
        lock (_lock)
            return Reserve(bytes);
    }

    /// <summary>The load ended without a pipeline.</summary>
    internal void GiveBack(Room room)
    {
        lock (_lock)
            _reserved -= room.Bytes;
        Freed();
    }

    /// <summary>The load ended with a pipeline, which is in memory from now on.</summary>
    internal void Settle(Room room, PipelineEntry entry, IResidentOwner owner, long bytes)
    {
        var now = _time.GetTimestamp();
        lock (_lock)
        {
            _reserved -= room.Bytes;
            _held += bytes;
            TimeSpan? away = _evicted.Remove(entry.Key, out var before) ? _time.GetElapsedTime(before.Time, now) : null;
            var returns = _returns.Returns(before.Returns, away);
            var stay = _returns.Stay(returns);
            entry.LastUse = now;
            _residents.Add(entry, new Resident(entry, owner) { Bytes = bytes, Returns = returns, StaysUntil = now + (long)(stay.TotalSeconds * _time.TimestampFrequency) });
            if (returns > 0)
                _logger.Returned(entry.Key.Describe(), away!.Value.TotalSeconds, returns, stay.TotalSeconds);
            Tell();
        }

        Freed();
        TrimLater();
    }

    /// <summary>A pipeline's memory is free.</summary>
    internal void Left(PipelineEntry entry)
    {
        lock (_lock)
        {
            if (!_residents.Remove(entry, out var resident))
                return;
            _held -= resident.Bytes;
            Tell();
        }

        Freed();
    }

    /// <summary>Looks at what the pipelines take now, which runs may have made more, and evicts where it is too much.</summary>
    internal void Measure()
    {
        Resident[] residents;
        lock (_lock)
            residents = [.. _residents.Values];
        foreach (var resident in residents)
        {
            var bytes = resident.Entry.Pipeline?.Model.Executor.MemoryBytes ?? 0;
            lock (_lock)
            {
                if (bytes == 0 || bytes == resident.Bytes || !_residents.ContainsKey(resident.Entry))
                    continue;
                _held += bytes - resident.Bytes;
                resident.Bytes = bytes;
            }
        }

        lock (_lock)
        {
            Tell();
            var now = _time.GetTimestamp();
            foreach (var key in _evicted.Where(e => _time.GetElapsedTime(e.Value.Time, now) > _returns.Window).Select(e => e.Key).ToList())
                _evicted.Remove(key);
        }

        Trim();
    }

    private Room Reserve(long bytes)
    {
        _reserved += bytes;
        return new Room(bytes);
    }

    private void Tell() => _metrics.Holds(_residents.Count, _held, _options.MemoryBytes);

    private void Freed()
    {
        TaskCompletionSource freed;
        lock (_lock)
        {
            freed = _freed;
            _freed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        freed.TrySetResult();
    }
}
