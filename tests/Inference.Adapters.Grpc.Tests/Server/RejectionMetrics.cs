using System.Collections.Concurrent;
using Inference.Core.Telemetry;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>Keeps what was rejected, and counts streams.</summary>
internal sealed class RejectionMetrics : IInferenceMetrics, IPipelineMetrics
{
    private int _openStreams;
    private int _streamInFlight;
    private int _firstResponses;

    public ConcurrentQueue<(string Model, string Code)> Rejected { get; } = new();

    public int OpenStreams => Volatile.Read(ref _openStreams);

    public int StreamInFlight => Volatile.Read(ref _streamInFlight);

    public int FirstResponses => Volatile.Read(ref _firstResponses);

    public IPipelineMetrics ForPipeline(string model, string version, string device) => this;

    public void RequestRejected(string model, string code) => Rejected.Enqueue((model, code));

    public ConcurrentQueue<string> Refusals { get; } = new();

    public void RequestRefused(string reason) => Refusals.Enqueue(reason);

    public void PipelineOutdated(string model, string version, bool isOutdated)
    {
    }

    public void PipelineStateChanged(string model, string version, string state)
    {
    }

    public void PipelineRemoved(string model, string version)
    {
    }

    public void RepositoryLooked(bool succeeded)
    {
    }

    public void PipelineLoaded(string model, string version, TimeSpan duration, bool succeeded)
    {
    }

    public void InFlightChanged(int change)
    {
    }

    public void RequestCompleted(string code, in StageSeconds times, long rows)
    {
    }

    public void RunCompleted(long rows, int requests, bool succeeded)
    {
    }

    public void Refused(string reason)
    {
    }

    public void Stopped(string place, string cause)
    {
    }

    public void Waited(double predicted, double actual)
    {
    }

    public IDisposable WatchQueue(Func<QueueDepth> read) => new Nothing();

    public void StreamOpened() => Interlocked.Increment(ref _openStreams);

    public void StreamClosed() => Interlocked.Decrement(ref _openStreams);

    public void StreamInFlightChanged(int change) => Interlocked.Add(ref _streamInFlight, change);

    public void FirstResponse(TimeSpan elapsed) => Interlocked.Increment(ref _firstResponses);

    public void SharedMemoryChanged(int regions, long bytes)
    {
    }

    public void SharedMemoryLost()
    {
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
