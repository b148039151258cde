namespace Inference.Infra.Storage.S3;

/// <summary>How an object store is reached, and what of it is kept on this machine. Immutable; holds no secret.</summary>
public sealed record S3StorageOptions
{
    /// <summary>Address of the store, such as <c>http://minio.storage:9000</c>; empty for AWS.</summary>
    public string Endpoint { get; init; } = string.Empty;

    /// <summary>Region that requests are signed for; empty for the one of the environment.</summary>
    public string Region { get; init; } = string.Empty;

    /// <summary>Names the bucket in the path instead of in the host; null does where an endpoint is given.</summary>
    public bool? ForcePathStyle { get; init; }

    /// <summary>Requests are not signed, as public buckets allow.</summary>
    public bool Anonymous { get; init; }

    /// <summary>ETags of objects that were uploaded in one part are their MD5, and are compared.</summary>
    public bool ETagIsMd5 { get; init; } = true;

    /// <summary>Folder in which downloaded objects are kept; empty for one of this user's below the temporary folder.</summary>
    public string CachePath { get; init; } = string.Empty;

    /// <summary>Bytes that the folder may have; the least recently used goes first.</summary>
    public long CacheBytes { get; init; } = 10L << 30;

    /// <summary>Downloads at once.</summary>
    public int Downloads { get; init; } = 8;

    /// <summary>Name of a file that must stand in a version's folder before the version counts; empty for none.</summary>
    public string CompleteMarker { get; init; } = string.Empty;
}
