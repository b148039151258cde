namespace Inference.Core.Configuration;

/// <summary>Which pipelines are in memory.</summary>
public sealed record CacheOptions
{
    /// <summary>
    /// <c>eager</c> loads what is to be served at once, as far as the budget has room; <c>lazy</c> when the first request wants it.
    /// What a model's own manifest says goes before it.
    /// </summary>
    public string Loading { get; init; } = "eager";

    /// <summary>
    /// Bytes that pipelines in memory may take together; those that are idle and least recently used go when another needs the
    /// room. 0 is no budget: nothing goes.
    /// </summary>
    public long MemoryBytes { get; init; }

    /// <summary>Models that are loaded at once because requests wait for them; 0 is the number of processors.</summary>
    public int LoadThreads { get; init; }

    /// <summary>Requests that may wait for loads at once; one more is refused. Those of streams are not counted.</summary>
    public int MaxWaitingRequests { get; init; } = 1000;

    /// <summary>Milliseconds that a load waits for pipelines in use to become idle, before its requests are refused.</summary>
    public int RoomWaitMilliseconds { get; init; } = 2000;

    /// <summary>
    /// What is wanted again within so many seconds of its eviction is kept longer: an eighth of it, twice as long each time in a row,
    /// at most all of it. 0 keeps nothing longer.
    /// </summary>
    public double ReturnSeconds { get; init; } = 60;
}
