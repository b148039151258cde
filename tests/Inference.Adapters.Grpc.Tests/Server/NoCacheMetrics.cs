using Inference.Core.Telemetry;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>Forgets what it is told.</summary>
internal sealed class NoCacheMetrics : ICacheMetrics
{
    public void Missed(TimeSpan waited)
    {
    }

    public void Refused(string reason)
    {
    }

    public void Evicted(string reason)
    {
    }

    public void Holds(int pipelines, long bytes, long budget)
    {
    }
}
