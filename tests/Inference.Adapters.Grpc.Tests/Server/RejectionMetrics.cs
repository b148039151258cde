using System.Collections.Concurrent;
using Inference.Core.Telemetry;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>Keeps what was rejected, and nothing else.</summary>
internal sealed class RejectionMetrics : IInferenceMetrics, IPipelineMetrics
{
    public ConcurrentQueue<(string Model, string Code)> Rejected { get; } = new();

    public IPipelineMetrics ForPipeline(string model, string version, string device) => this;

    public void RequestRejected(string model, string code) => Rejected.Enqueue((model, code));

    public void PipelineStateChanged(string model, string version, string state)
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
}
