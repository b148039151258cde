using System.Collections.Immutable;

namespace Inference.Domain.Execution;

/// <summary>What the decision to close a batch depends on. Times are timestamps and ticks of one clock.</summary>
/// <param name="Now">The time.</param>
/// <param name="QueuedRows">Rows that one batch could take now, whatever its limit.</param>
/// <param name="MaxRows">Most rows of a batch at present.</param>
/// <param name="IsFull">Something waits that does not fit, so that waiting cannot fill the batch further.</param>
/// <param name="Oldest">When the first of them came.</param>
/// <param name="LatestStart">When the batch must start so that none of them misses its deadline; <see cref="long.MaxValue"/> for any time.</param>
public readonly record struct BatchCandidate(long Now, long QueuedRows, long MaxRows, bool IsFull, long Oldest, long LatestStart);

/// <summary>Close the batch with so many rows, or look again at a time.</summary>
/// <param name="Rows">Most rows to take; 0 where the batch stays open.</param>
/// <param name="WaitUntil">When to look again at the latest, where it stays open.</param>
public readonly record struct BatchDecision(long Rows, long WaitUntil)
{
    /// <summary>True where the batch is to be run now.</summary>
    public bool IsClosed => Rows > 0;

    /// <summary>Run it now with up to so many rows.</summary>
    public static BatchDecision Close(long rows) => new(rows, 0);

    /// <summary>Leave it open until then.</summary>
    public static BatchDecision Wait(long until) => new(0, until);
}

/// <summary>
/// When to close a batch, once a lane is free. Pure. By itself it never delays: a batch is what has queued while the lanes
/// were busy. Sizes that the model prefers are closed as soon as they are reached; a delay that somebody asked for is used
/// up only while it can help and while no deadline is at stake.
/// </summary>
public static class BatchPolicy
{
    // Smaller batches than this share of the limit are so much less efficient that a tight deadline must not force them.
    private const int EfficientShare = 4;

    /// <summary>Decides.</summary>
    /// <param name="candidate">What waits.</param>
    /// <param name="preferred">Preferred sizes, ascending; may be empty.</param>
    /// <param name="maxDelay">Ticks that the oldest may wait for others.</param>
    public static BatchDecision Decide(in BatchCandidate candidate, ImmutableArray<int> preferred, long maxDelay)
    {
        var rows = Math.Min(candidate.QueuedRows, candidate.MaxRows);
        if (rows >= candidate.MaxRows)
            return BatchDecision.Close(rows);
        for (var i = preferred.Length - 1; i >= 0; i--)
        {
            if (preferred[i] <= rows)
                return BatchDecision.Close(preferred[i]);
        }

        if (candidate.IsFull || maxDelay <= 0)
            return BatchDecision.Close(rows);
        var until = Math.Min(candidate.Oldest + maxDelay, candidate.LatestStart);
        return until <= candidate.Now ? BatchDecision.Close(rows) : BatchDecision.Wait(until);
    }

    /// <summary>
    /// Whether one more request may join a batch in view of deadlines: not where the larger run would end too late for one
    /// of them, unless the batch would then be too small to be efficient.
    /// </summary>
    /// <param name="rows">Rows of the batch so far.</param>
    /// <param name="maxRows">Most rows of a batch at present.</param>
    /// <param name="slack">Ticks until the earliest deadline, that of the newcomer included.</param>
    /// <param name="predicted">Ticks that the run is expected to take with the newcomer; 0 where that is not known.</param>
    public static bool MayGrow(long rows, long maxRows, long slack, double predicted) =>
        predicted <= slack || rows * EfficientShare < maxRows;
}
