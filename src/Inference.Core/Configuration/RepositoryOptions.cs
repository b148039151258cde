namespace Inference.Core.Configuration;

/// <summary>Where models come from and how they are loaded.</summary>
public sealed record RepositoryOptions
{
    /// <summary>Folder of the model repository, or <c>s3://bucket/prefix</c> for one in an object store.</summary>
    public string Path { get; init; } = "models";

    /// <summary>
    /// Where it is set, the folder is not a repository but one model, served under this name: its versions, or the artefact
    /// of its version 1, lie in it directly.
    /// </summary>
    public string ModelName { get; init; } = string.Empty;

    /// <summary>
    /// <c>none</c> loads what is there at the start; <c>poll</c> follows the folder while the server runs; <c>explicit</c> loads and
    /// unloads by call.
    /// </summary>
    public string Mode { get; init; } = "poll";

    /// <summary>Seconds between two looks at the folder in mode poll; file events cause looks in between.</summary>
    public double PollSeconds { get; init; } = 5;

    /// <summary>
    /// Milliseconds for which nothing of a version may change before it is picked up, so that no half-copied model is. At the
    /// start and on a call a tenth of it.
    /// </summary>
    public int SettleMilliseconds { get; init; } = 1000;

    /// <summary>Name of a file that must stand in a version's folder before it is picked up; empty for none.</summary>
    public string CompleteMarker { get; init; } = string.Empty;

    /// <summary>Folders beside the repository that links in it may lead to, separated as in PATH.</summary>
    public string LinkRoots { get; init; } = string.Empty;

    /// <summary>Models that are loaded at the start in mode explicit, separated by commas; <c>*</c> for all.</summary>
    public string LoadAtStart { get; init; } = string.Empty;

    /// <summary>Models that are loaded at once at the start; 0 is the number of processors.</summary>
    public int LoadThreads { get; init; }

    /// <summary>Models that are loaded at once while the server serves.</summary>
    public int ReloadThreads { get; init; } = 1;

    /// <summary>How much threads that load models stand back behind those that answer; see <see cref="ExecutionDefaults.Niceness"/>.</summary>
    public int LoadNiceness { get; init; } = ExecutionDefaults.IdleNiceness;

    /// <summary>Object stores.</summary>
    public S3Options S3 { get; init; } = new();
}

/// <summary>
/// How an object store is reached where the repository lies in one. Credentials are no options: they come from the environment, a
/// profile or a role, as for every program that uses such stores.
/// </summary>
public sealed record S3Options
{
    /// <summary>Address of the store, such as <c>http://minio.storage:9000</c>; empty for AWS.</summary>
    public string Endpoint { get; init; } = string.Empty;

    /// <summary>Region that requests are signed for; empty for the one of the environment, and us-east-1 where an endpoint is given.</summary>
    public string Region { get; init; } = string.Empty;

    /// <summary>Names the bucket in the path instead of in the host; unset does where an endpoint is given.</summary>
    public bool? ForcePathStyle { get; init; }

    /// <summary>Requests are not signed, as public buckets allow.</summary>
    public bool Anonymous { get; init; }

    /// <summary>ETags of objects that were uploaded in one part are their MD5, and are compared.</summary>
    public bool ETagIsMd5 { get; init; } = true;

    /// <summary>Folder in which downloaded objects are kept, which servers may share; empty for one of the user's below the temporary folder.</summary>
    public string CachePath { get; init; } = string.Empty;

    /// <summary>Bytes that the folder may have; the least recently used objects go first.</summary>
    public long CacheBytes { get; init; } = 10L << 30;

    /// <summary>Objects downloaded at once.</summary>
    public int Downloads { get; init; } = 8;
}

/// <summary>Where requests without a version go.</summary>
public sealed record RoutingOptions
{
    /// <summary><c>latest</c>, or empty: refuse them unless the model's own manifest says where they go.</summary>
    public string Default { get; init; } = string.Empty;
}

/// <summary>Plug-in assemblies with preprocessors and postprocessors.</summary>
public sealed record PluginOptions
{
    /// <summary>Folder with one sub-folder for each plug-in; empty loads none.</summary>
    public string Path { get; init; } = string.Empty;
}
