using Inference.Core.Telemetry;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed class NullMetrics : IInferenceMetrics, IPipelineMetrics
{
    public IPipelineMetrics ForPipeline(string model, string version, string device) => this;

    public void RequestRejected(string model, string code)
    {
    }

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
