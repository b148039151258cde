using System.Collections.Concurrent;
using Inference.Core.Telemetry;

namespace Inference.Services.Tests.Fakes;

/// <summary>Keeps what it is told.</summary>
internal sealed class RecordingCacheMetrics : ICacheMetrics
{
    private int _misses;

    public ConcurrentQueue<string> Evictions { get; } = [];

    public ConcurrentQueue<string> Refusals { get; } = [];

    public int Misses => Volatile.Read(ref _misses);

    public (int Pipelines, long Bytes, long Budget) Held { get; private set; }

    /// <summary>The most bytes that were ever held.</summary>
    public long Most { get; private set; }

    public void Missed(TimeSpan waited) => Interlocked.Increment(ref _misses);

    public void Refused(string reason) => Refusals.Enqueue(reason);

    public void Evicted(string reason) => Evictions.Enqueue(reason);

    public void Holds(int pipelines, long bytes, long budget)
    {
        Held = (pipelines, bytes, budget);
        Most = Math.Max(Most, bytes);
    }
}
