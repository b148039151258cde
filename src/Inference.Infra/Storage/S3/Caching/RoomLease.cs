namespace Inference.Infra.Storage.S3.Caching;

/// <summary>Objects that are not removed, and room for those of them that are to come, until it is disposed. Thread-safe.</summary>
/// <param name="budget">Gave it.</param>
/// <param name="objects">Ids and sizes.</param>
/// <param name="reserved">Ids of those that were not here.</param>
internal sealed class RoomLease(CacheBudget budget, IReadOnlyCollection<(string Id, long Size)> objects, IReadOnlyList<string> reserved) : IDisposable
{
    private int _isDisposed;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            budget.Release(objects, reserved);
    }
}
