namespace Inference.Core.Configuration;

/// <summary>How requests wait for a lane, for pipelines whose manifest says nothing, and how much may wait altogether.</summary>
public sealed record QueueDefaults
{
    /// <summary>Rows of one pipeline that may wait; what comes beyond them is refused.</summary>
    public long MaxRows { get; init; } = 8192;

    /// <summary>Bytes of one pipeline's inputs that may wait; what comes beyond them is refused.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>Bytes of inputs that may wait for all pipelines together; what comes beyond them is refused.</summary>
    public long TotalBytes { get; init; } = 1L << 30;

    /// <summary>Milliseconds that a request may wait unless it says so itself; 0 for as long as its deadline.</summary>
    public int TimeoutMilliseconds { get; init; }

    /// <summary>Milliseconds that requests should wait at most on average: the metric of saturation is 1 where they wait for so long.</summary>
    public int WaitTargetMilliseconds { get; init; } = 20;
}

/// <summary>How requests share runs, for pipelines whose manifest says nothing.</summary>
public sealed record BatchingDefaults
{
    /// <summary>False runs every request on its own.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Most rows of a batch.</summary>
    public int MaxRows { get; init; } = 64;

    /// <summary>Most bytes of a batch's inputs.</summary>
    public long MaxBytes { get; init; } = 64L << 20;
}

/// <summary>What one stream may hold in the server, whatever its client does.</summary>
public sealed record StreamOptions
{
    /// <summary>Requests of one stream that are under way or whose answers are not yet written; more are not read until then.</summary>
    public int MaxInFlight { get; init; } = 512;

    /// <summary>Bytes of one stream's requests that are under way; more are not read until then. One that is alone may have more.</summary>
    public long MaxBytes { get; init; } = 64L << 20;
}
