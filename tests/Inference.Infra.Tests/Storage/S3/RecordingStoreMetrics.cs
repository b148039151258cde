using System.Collections.Concurrent;
using Inference.Core.Telemetry;

namespace Inference.Infra.Tests.Storage.S3;

/// <summary>Keeps what it is told.</summary>
internal sealed class RecordingStoreMetrics : IStoreMetrics
{
    private long _received;
    private int _underWay;
    private int _removed;
    private int _noRoom;

    public ConcurrentQueue<(string Operation, bool Succeeded)> Requests { get; } = [];

    public ConcurrentQueue<string> Retries { get; } = [];

    public ConcurrentQueue<(bool? Succeeded, TimeSpan Duration)> Downloads { get; } = [];

    public long ReceivedBytes => Volatile.Read(ref _received);

    public int UnderWay => Volatile.Read(ref _underWay);

    public int RemovedObjects => Volatile.Read(ref _removed);

    public int Refusals => Volatile.Read(ref _noRoom);

    public (long Bytes, long Limit) Held { get; private set; }

    public void Asked(string operation, bool succeeded) => Requests.Enqueue((operation, succeeded));

    public void Retried(string reason) => Retries.Enqueue(reason);

    public void Received(long bytes) => Interlocked.Add(ref _received, bytes);

    public void DownloadBegan() => Interlocked.Increment(ref _underWay);

    public void DownloadEnded(bool? succeeded, TimeSpan duration)
    {
        Interlocked.Decrement(ref _underWay);
        Downloads.Enqueue((succeeded, duration));
    }

    public void Removed() => Interlocked.Increment(ref _removed);

    public void NoRoom() => Interlocked.Increment(ref _noRoom);

    public void Holds(long bytes, long limit) => Held = (bytes, limit);
}
