using System.Diagnostics;

namespace Inference.Infra.Processors;

/// <summary>What this process has of the processors that it may use. Not thread-safe.</summary>
internal sealed class ProcessorUse
{
    private TimeSpan _used = Environment.CpuUsage.TotalTime;
    private long _at = Stopwatch.GetTimestamp();

    /// <summary>Its part of all of them since this was last asked, from 0 to about 1.</summary>
    public double Next()
    {
        var (used, at) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var share = (used - _used) / (Stopwatch.GetElapsedTime(_at, at) * Environment.ProcessorCount);
        (_used, _at) = (used, at);
        return share;
    }
}
