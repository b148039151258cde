namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>One load: what is sent, how often, and for how long.</summary>
internal sealed record LoadPlan
{
    /// <summary>Requests that are sent in turn.</summary>
    public required IReadOnlyList<RequestTemplate> Requests { get; init; }

    /// <summary>How long requests are sent.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Callers of a closed loop, each of which waits for its answer before it sends its next request.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Requests a second that arrive in an open loop, however long answers take; null for a closed one.</summary>
    public double? Rate { get; init; }

    /// <summary>Arrivals are evenly spaced; else they are independent of each other (Poisson).</summary>
    public bool IsEven { get; init; }

    /// <summary>Seed of the arrivals.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Most requests, after which the load ends early.</summary>
    public long MostRequests { get; init; } = long.MaxValue;

    /// <summary>Time that a request has from when it was due.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>How long answers are waited for when the last request is sent.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most requests of an open loop that are due and not answered; it is given up beyond.</summary>
    public int MostOutstanding { get; init; } = 100_000;

    /// <summary>Every so many answers one is compared with what is expected; 0 for none.</summary>
    public int VerifyEvery { get; init; }
}
