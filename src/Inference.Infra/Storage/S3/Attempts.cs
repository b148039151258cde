using Inference.Core.Telemetry;

namespace Inference.Infra.Storage.S3;

/// <summary>Asks again after transient failures: a bounded number of times, later each time, and not all servers at the same moment. Thread-safe.</summary>
internal sealed class Attempts(StoreContext context)
{
    /// <summary>Attempts in a row without progress before a failure counts.</summary>
    public const int Most = 5;

    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait after a failure: twice as long each time up to five seconds, of which a random half.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    /// <param name="random">From 0 to 1.</param>
    public static TimeSpan Delay(int failures, double random)
    {
        var full = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 16) - 1));
        return TimeSpan.FromMilliseconds(full * (0.5 + (random / 2)));
    }

    /// <summary>Waits after a failure, before the same is asked for again.</summary>
    public Task WaitAsync(StoreFailure failure, int failures, CancellationToken cancellation)
    {
        context.Metrics.Retried(failure switch
        {
            StoreFailure.Corrupt => StoreRetries.Corrupt,
            StoreFailure.Unproven => StoreRetries.Unproven,
            _ => StoreRetries.Away,
        });
        return Task.Delay(Delay(failures, Random.Shared.NextDouble()), context.Time, cancellation);
    }

    /// <summary>Makes a request until it succeeds, or fails for good.</summary>
    /// <exception cref="StoreException">The last failure.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> request, CancellationToken cancellation)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await request(cancellation).ConfigureAwait(false);
            }
            catch (StoreException e) when (e.IsTransient && failures < Most)
            {
                await WaitAsync(e.Failure, failures, cancellation).ConfigureAwait(false);
            }
        }
    }
}
