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
    // A batch that is cut for one deadline must still answer this share of the rows a second, where others wait in vain.
    private const double LeastEfficiency = 0.9;

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
    /// Cuts a batch so that it ends in time for one of its requests. Where more waits than one batch takes, a batch that would
    /// get much less done in its time is not cut for the sake of one: that one is too late.
    /// </summary>
    /// <param name="planned">Rows that the batch shall have; at least <paramref name="needed"/>.</param>
    /// <param name="needed">Rows up to and with the request.</param>
    /// <param name="slack">Ticks until its deadline.</param>
    /// <param name="isOverloaded">More waits than the batch takes.</param>
    /// <param name="cost">Ticks that a run of so many rows is expected to take; 0 where that is not known.</param>
    /// <returns>Rows that the batch may have; 0 where the request cannot be answered in time.</returns>
    public static long RowsInTime(long planned, long needed, double slack, bool isOverloaded, Func<long, double> cost)
    {
        var whole = cost(planned);
        if (whole <= slack)
            return planned;
        var rows = planned;
        while (rows > needed)
        {
            rows = Math.Max(needed, rows * 3 / 4);
            var ticks = cost(rows);
            if (ticks <= slack)
                return !isOverloaded || rows * whole >= LeastEfficiency * planned * ticks ? rows : 0;
        }

        return 0;
    }
}
