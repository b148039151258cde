using System.Collections.Concurrent;
using Inference.Core.Telemetry;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>Keeps what was rejected, and nothing else.</summary>
internal sealed class RejectionMetrics : IInferenceMetrics, IPipelineMetrics
{
    public ConcurrentQueue<(string Model, string Code)> Rejected { get; } = new();

    public IPipelineMetrics ForPipeline(string model, string version, string device) => this;

    public void RequestRejected(string model, string code) => Rejected.Enqueue((model, code));

    public ConcurrentQueue<string> Refusals { get; } = new();

    public void RequestRefused(string reason) => Refusals.Enqueue(reason);

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

    public void StreamOpened()
    {
    }

    public void StreamClosed()
    {
    }

    public void StreamInFlightChanged(int change)
    {
    }

    public void FirstResponse(TimeSpan elapsed)
    {
    }

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
