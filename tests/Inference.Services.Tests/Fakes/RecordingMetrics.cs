using System.Collections.Concurrent;
using Inference.Core.Telemetry;

namespace Inference.Services.Tests.Fakes;

/// <summary>Keeps what it is told, as lines.</summary>
internal sealed class RecordingMetrics : IInferenceMetrics
{
    private readonly ConcurrentDictionary<string, Func<QueueDepth>> _queues = new();
    private int _inFlight;
    private int _openStreams;
    private int _streamInFlight;
    private int _regions;
    private int _lostRegions;
    private long _mappedBytes;

    public ConcurrentQueue<string> Completed { get; } = [];

    public ConcurrentQueue<StageSeconds> Times { get; } = [];

    public ConcurrentQueue<string> Rejected { get; } = [];

    public ConcurrentQueue<string> Refused { get; } = [];

    public ConcurrentQueue<string> Runs { get; } = [];

    public ConcurrentQueue<string> Stopped { get; } = [];

    public ConcurrentQueue<(double Predicted, double Actual)> Waits { get; } = [];

    public ConcurrentQueue<TimeSpan> FirstResponses { get; } = [];

    public ConcurrentQueue<string> States { get; } = [];

    /// <summary>What was told last of each pipeline.</summary>
    public ConcurrentDictionary<string, bool> Outdated { get; } = [];

    public ConcurrentQueue<string> Loads { get; } = [];

    public ConcurrentQueue<bool> Looks { get; } = [];

    public int InFlight => Volatile.Read(ref _inFlight);

    public int OpenStreams => Volatile.Read(ref _openStreams);

    public int Regions => Volatile.Read(ref _regions);

    public int LostRegions => Volatile.Read(ref _lostRegions);

    public long MappedBytes => Interlocked.Read(ref _mappedBytes);

    public int StreamInFlight => Volatile.Read(ref _streamInFlight);

    /// <summary>Queues that are watched now, by pipeline.</summary>
    public IReadOnlyDictionary<string, Func<QueueDepth>> Queues => _queues;

    public IPipelineMetrics ForPipeline(string model, string version, string device) => new Pipeline(this, $"{model}/{version} on {device}");

    public void RequestRejected(string model, string code) => Rejected.Enqueue($"{model}: {code}");

    public void RequestRefused(string reason) => Refused.Enqueue(reason);

    public void PipelineOutdated(string model, string version, bool isOutdated) => Outdated[$"{model}/{version}"] = isOutdated;

    public void PipelineStateChanged(string model, string version, string state) => States.Enqueue($"{model}/{version}: {state}");

    public void PipelineRemoved(string model, string version) => States.Enqueue($"{model}/{version}: removed");

    public void RepositoryLooked(bool succeeded) => Looks.Enqueue(succeeded);

    public void PipelineLoaded(string model, string version, TimeSpan duration, bool succeeded) => Loads.Enqueue($"{model}/{version}: {(succeeded ? "ok" : "failed")}");

    public void InFlightChanged(int change) => Interlocked.Add(ref _inFlight, change);

    public void StreamOpened() => Interlocked.Increment(ref _openStreams);

    public void StreamClosed() => Interlocked.Decrement(ref _openStreams);

    public void StreamInFlightChanged(int change) => Interlocked.Add(ref _streamInFlight, change);

    public void FirstResponse(TimeSpan elapsed) => FirstResponses.Enqueue(elapsed);

    public void SharedMemoryChanged(int regions, long bytes)
    {
        Interlocked.Add(ref _regions, regions);
        Interlocked.Add(ref _mappedBytes, bytes);
    }

    public void SharedMemoryLost() => Interlocked.Increment(ref _lostRegions);

    private sealed class Pipeline(RecordingMetrics owner, string name) : IPipelineMetrics
    {
        public void RequestCompleted(string code, in StageSeconds times, long rows)
        {
            owner.Completed.Enqueue($"{name}: {code}, {rows} rows");
            owner.Times.Enqueue(times);
        }

        public void RunCompleted(long rows, int requests, bool succeeded) =>
            owner.Runs.Enqueue($"{name}: {rows} rows of {requests} requests {(succeeded ? "ok" : "failed")}");

        public void Refused(string reason) => owner.Refused.Enqueue($"{name}: {reason}");

        public void Stopped(string place, string cause) => owner.Stopped.Enqueue($"{name}: {place}, {cause}");

        public void Waited(double predicted, double actual) => owner.Waits.Enqueue((predicted, actual));

        public IDisposable WatchQueue(Func<QueueDepth> read)
        {
            owner._queues[name] = read;
            return new Watch(owner, name);
        }
    }

    private sealed class Watch(RecordingMetrics owner, string name) : IDisposable
    {
        public void Dispose() => owner._queues.TryRemove(name, out _);
    }
}
