using Inference.Core.Telemetry;

namespace Inference.Infra.Storage.S3;

/// <summary>Counts the requests to a store. Thread-safe.</summary>
internal sealed class MeteredStore(IObjectStore store, IStoreMetrics metrics) : IObjectStore
{
    /// <inheritdoc/>
    public string Identity => store.Identity;

    /// <inheritdoc/>
    public Task<(IReadOnlyList<StoredObject> Objects, string? Continuation)> ListAsync(string prefix, string? continuation, CancellationToken cancellation) =>
        CountAsync(StoreOperations.List, () => store.ListAsync(prefix, continuation, cancellation));

    /// <inheritdoc/>
    public Task<ObjectBody> OpenAsync(StoredObject wanted, long offset, CancellationToken cancellation) =>
        CountAsync(StoreOperations.Get, () => store.OpenAsync(wanted, offset, cancellation));

    /// <inheritdoc/>
    public Task<ObjectFacts> DescribeAsync(StoredObject wanted, int? part, CancellationToken cancellation) =>
        CountAsync(StoreOperations.Head, () => store.DescribeAsync(wanted, part, cancellation));

    /// <inheritdoc/>
    public string Describe(string? key) => store.Describe(key);

    /// <inheritdoc/>
    public void Dispose() => store.Dispose();

    // A request that nobody waits for any more says nothing about the store.
    private async Task<T> CountAsync<T>(string operation, Func<Task<T>> request)
    {
        try
        {
            var answer = await request().ConfigureAwait(false);
            metrics.Asked(operation, succeeded: true);
            return answer;
        }
        catch (StoreException)
        {
            metrics.Asked(operation, succeeded: false);
            throw;
        }
    }
}
