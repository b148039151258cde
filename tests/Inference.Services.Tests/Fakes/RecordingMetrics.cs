using System.Collections.Concurrent;
using Inference.Core.Telemetry;

namespace Inference.Services.Tests.Fakes;

/// <summary>Keeps what it is told, as lines.</summary>
internal sealed class RecordingMetrics : IInferenceMetrics
{
    private int _inFlight;

    public ConcurrentQueue<string> Completed { get; } = [];

    public ConcurrentQueue<StageSeconds> Times { get; } = [];

    public ConcurrentQueue<string> Rejected { get; } = [];

    public ConcurrentQueue<string> States { get; } = [];

    public ConcurrentQueue<string> Loads { get; } = [];

    public int InFlight => Volatile.Read(ref _inFlight);

    public IPipelineMetrics ForPipeline(string model, string version, string device) => new Pipeline(this, $"{model}/{version} on {device}");

    public void RequestRejected(string model, string code) => Rejected.Enqueue($"{model}: {code}");

    public void PipelineStateChanged(string model, string version, string state) => States.Enqueue($"{model}/{version}: {state}");

    public void PipelineLoaded(string model, string version, TimeSpan duration, bool succeeded) => Loads.Enqueue($"{model}/{version}: {(succeeded ? "ok" : "failed")}");

    public void InFlightChanged(int change) => Interlocked.Add(ref _inFlight, change);

    private sealed class Pipeline(RecordingMetrics owner, string name) : IPipelineMetrics
    {
        public void RequestCompleted(string code, in StageSeconds times, long rows)
        {
            owner.Completed.Enqueue($"{name}: {code}, {rows} rows");
            owner.Times.Enqueue(times);
        }
    }
}
