using Inference.Core.Telemetry;

namespace Inference.Services.Cache;

/// <summary>For caches of which nobody wants to know anything.</summary>
internal sealed class NoCacheMetrics : ICacheMetrics
{
    public static NoCacheMetrics Instance { get; } = new();

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
