using Inference.Core.Telemetry;
using Inference.Domain;
using Inference.Domain.Registry;

namespace Inference.Services.Cache;

/// <summary>Requests that wait for pipelines to be loaded, all of them together. Thread-safe.</summary>
/// <param name="limit">How many may at once.</param>
/// <param name="metrics">Told of each that waited.</param>
/// <param name="time">Clock.</param>
internal sealed class LoadWaits(int limit, ICacheMetrics metrics, TimeProvider time)
{
    private static readonly TimeSpan RetryHint = TimeSpan.FromMilliseconds(100);
    private int _count;

    /// <summary>One begins to wait.</summary>
    /// <param name="key">What it waits for.</param>
    /// <param name="mayRefuse">It is refused where too many wait.</param>
    /// <returns>When, as a timestamp.</returns>
    /// <exception cref="InferenceException">Overloaded.</exception>
    public long Begin(PipelineKey key, bool mayRefuse)
    {
        if (Interlocked.Increment(ref _count) > limit && mayRefuse)
        {
            Interlocked.Decrement(ref _count);
            metrics.Refused(CacheRefusals.Waiting);
            throw new InferenceException(ErrorCode.Overloaded, $"{key.Describe()} is not in memory, and {limit} requests wait for models to be loaded, the server's limit (Cache:MaxWaitingRequests); try again later.")
            {
                RetryAfter = RetryHint,
            };
        }

        return time.GetTimestamp();
    }

    /// <summary>One waits no more.</summary>
    public void End(long begun)
    {
        Interlocked.Decrement(ref _count);
        metrics.Missed(time.GetElapsedTime(begun));
    }
}
