using System.Diagnostics;

namespace Inference.Services.Tests.Life;

/// <summary>
/// Waits until nothing moves: the thread pool has nothing to do, and no load runs. So each event of a random test meets a server
/// at rest, and the same events come to the same. Only where no other test runs.
/// </summary>
/// <param name="isStill">What else must be.</param>
internal sealed class Stillness(Func<bool> isStill)
{
    private const int Looks = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // The test host has threads of the pool that never end.
    private static readonly Lazy<int> Others = new(() => Enumerable.Range(0, 100).Min(_ =>
    {
        Thread.Yield();
        return Busy();
    }));

    /// <summary>Once, before the pool is used.</summary>
    public static void Prepare() => _ = Others.Value;

    public void Wait()
    {
        var begun = Stopwatch.GetTimestamp();
        var spin = default(SpinWait);
        for (var still = 0; still < Looks; still = ThreadPool.PendingWorkItemCount == 0 && Busy() <= Others.Value && isStill() ? still + 1 : 0)
        {
            spin.SpinOnce(sleep1Threshold: -1);
            if (Stopwatch.GetElapsedTime(begun) > Limit)
                throw new TimeoutException($"It does not come to rest: {ThreadPool.PendingWorkItemCount} waiting, {Busy()} busy threads, {Others.Value} of others.");
        }
    }

    private static int Busy()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var free, out _);
        return most - free;
    }
}
