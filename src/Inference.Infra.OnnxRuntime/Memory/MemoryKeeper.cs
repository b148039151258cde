using System.Collections.Concurrent;
using Inference.Core.Telemetry;
using Inference.Infra.OnnxRuntime.Hosting;
using Inference.Infra.OnnxRuntime.Native;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.OnnxRuntime.Memory;

/// <summary>
/// Gives memory back to the system that models needed once: that of arenas which larger runs than those of late have made grow,
/// and that of models which are gone. Looks now and then, beside the requests, and touches nothing that a run uses. Thread-safe.
/// </summary>
public sealed class MemoryKeeper : INativeMemory, IDisposable
{
    /// <summary>How long an arena must be larger than its runs need; and at most twice as long.</summary>
    internal static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>After a model has gone, so that several which go together cost one trim.</summary>
    internal static readonly TimeSpan AfterEnd = TimeSpan.FromMilliseconds(200);

    // Free bytes of the heap are worth a trim from here on.
    private const long WorthTrimming = 16 << 20;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<SessionWatch, bool> _sessions = new();
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly GarbageNeed _garbage = new();
    private readonly long _origin;
    private readonly ITimer _looks;
    private readonly ITimer _ends;
    private int _isEndDue;
    private long _freeAfterTrim;
    private long _arenaBytes;
    private long _trims;

    /// <summary>Creates it, and sets up the C library's heap for the life of the process.</summary>
    public MemoryKeeper(TimeProvider time, ILogger<MemoryKeeper> logger)
    {
        _time = time;
        _logger = logger;
        _origin = time.GetTimestamp();
        NativeHeap.SetUp();
        _looks = time.CreateTimer(static keeper => ((MemoryKeeper)keeper!).Look(), this, Period, Period);
        _ends = time.CreateTimer(static keeper => ((MemoryKeeper)keeper!).TrimAfterEnd(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <inheritdoc/>
    public NativeMemoryReading Read()
    {
        var heap = CLibraryHeap.Read();
        return new NativeMemoryReading(heap?.Used, heap?.Free, Interlocked.Read(ref _arenaBytes), Interlocked.Read(ref _trims));
    }

    /// <summary>Looks no more.</summary>
    public void Dispose()
    {
        _looks.Dispose();
        _ends.Dispose();
    }

    /// <summary>Keeps a session's arena small from now on; null for one that is left alone.</summary>
    internal SessionWatch Watch(SessionArena? arena)
    {
        var session = new SessionWatch(this, arena);
        _sessions.TryAdd(session, true);
        return session;
    }

    /// <summary>A session is about to be closed.</summary>
    internal void Unwatch(SessionWatch session) => _sessions.TryRemove(session, out _);

    /// <summary>A session was closed.</summary>
    internal void Ended()
    {
        if (Interlocked.Exchange(ref _isEndDue, 1) == 0)
            _ends.Change(AfterEnd, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        // A look that takes longer than the period is not joined by another.
        if (!_gate.TryEnter())
            return;
        try
        {
            var given = _sessions.Keys.Sum(Look);
            Interlocked.Add(ref _arenaBytes, given);
            if (given > 0)
                RuntimeLog.ArenasShrunk(_logger, given);
            if (given > 0 || CLibraryHeap.Read() is { } heap && heap.Free - _freeAfterTrim >= WorthTrimming)
                Trim();
        }
        finally
        {
            _gate.Exit();
        }
    }

    private long Look(SessionWatch session)
    {
        try
        {
            return session.Look();
        }
        catch (Exception e)
        {
            // Its memory stays as it is; nothing else suffers.
            RuntimeLog.ShrinkFailed(_logger, e);
            return 0;
        }
    }

    private void TrimAfterEnd()
    {
        Volatile.Write(ref _isEndDue, 0);
        lock (_gate)
        {
            if (_garbage.Next(GC.CollectionCount(0), GC.GetTotalAllocatedBytes(), _time.GetElapsedTime(_origin)))
                CollectGarbage();
            Trim();
        }
    }

    // What went with a model was mostly allocated since the last time.
    private void CollectGarbage()
    {
        var start = _time.GetTimestamp();
        GC.Collect(1, GCCollectionMode.Forced, blocking: true);
        RuntimeLog.GarbageCollected(_logger, _time.GetElapsedTime(start).TotalMilliseconds);
    }

    private void Trim()
    {
        var start = _time.GetTimestamp();
        if (!CLibraryHeap.Trim())
            return;
        Interlocked.Increment(ref _trims);
        _freeAfterTrim = CLibraryHeap.Read()?.Free ?? 0;
        RuntimeLog.HeapTrimmed(_logger, _time.GetElapsedTime(start).TotalMilliseconds);
    }
}
