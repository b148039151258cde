namespace Inference.Services.Repository;

/// <summary>Runs blocking loads on a few threads of their own, so that the thread pool stays free for requests.</summary>
internal static class LoadThreads
{
    /// <summary>Works through the items in order, <paramref name="threads"/> at a time; ends early, between items, on cancellation.</summary>
    public static Task RunAsync<T>(IReadOnlyList<T> items, int threads, Func<T, Task> work, CancellationToken cancellation)
    {
        var next = -1;
        var workers = Enumerable.Range(0, Math.Min(threads, items.Count)).Select(_ => Start(() =>
        {
            while (Interlocked.Increment(ref next) is var i && i < items.Count)
            {
                cancellation.ThrowIfCancellationRequested();
                work(items[i]).GetAwaiter().GetResult();
            }
        }));
        return Task.WhenAll(workers.ToList());
    }

    private static Task Start(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
