namespace Inference.Infra.Storage.S3;

/// <summary>One bucket of an object store. Makes each request once; thread-safe.</summary>
internal interface IObjectStore : IDisposable
{
    /// <summary>Stands for the store and the bucket: objects of one are not taken for those of another.</summary>
    string Identity { get; }

    /// <summary>A page of the objects whose keys begin with a prefix.</summary>
    /// <param name="prefix">Empty for all.</param>
    /// <param name="continuation">What the page before ended with; null for the first.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="StoreException">It could not be had.</exception>
    Task<(IReadOnlyList<StoredObject> Objects, string? Continuation)> ListAsync(string prefix, string? continuation, CancellationToken cancellation);

    /// <summary>The content of an object from a position on, unless it is another object by now.</summary>
    /// <exception cref="StoreException">It could not be had; <see cref="StoreFailure.Changed"/> where it is another or gone.</exception>
    Task<ObjectBody> OpenAsync(StoredObject wanted, long offset, CancellationToken cancellation);

    /// <summary>What the store tells of an object, or of a part of it.</summary>
    /// <param name="wanted">The object.</param>
    /// <param name="part">Number of the part from 1; null for the whole.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="StoreException">It could not be had.</exception>
    Task<ObjectFacts> DescribeAsync(StoredObject wanted, int? part, CancellationToken cancellation);

    /// <summary>Names a place in the bucket for errors and logs.</summary>
    string Describe(string? key);
}
