namespace Inference.Infra.Queue.Costs;

/// <summary>
/// Finds the largest batch whose runs keep a latency target, by additive increase and multiplicative decrease. A request
/// waits for at most one run before its own where the lanes keep up, and of a hundred requests one may meet runs that take half
/// as long again as they should, so that a run may take a little less than a third of the target. Looks at runs only, not at waiting times: where more comes than can be served, smaller batches would make the
/// queue longer. Not thread-safe.
/// </summary>
internal sealed class LatencyLimit
{
    private const double ShareOfTarget = 0.3;
    private const double Decrease = 0.75;
    private const double NearlyFull = 0.9;

    // One slow run in a hundred is within the target, so that two of the last hundred are too many.
    private const int Window = 100;
    private const int TooMany = 2;
    private readonly double _budget;
    private readonly long _most;
    private double _rows;
    private int _runs;
    private int _slow;

    /// <summary>Creates it.</summary>
    /// <param name="targetTicks">The time within which 99 of 100 requests shall be answered.</param>
    /// <param name="most">Most rows that may ever be allowed.</param>
    public LatencyLimit(double targetTicks, long most)
    {
        _budget = targetTicks * ShareOfTarget;
        _most = most;
        _rows = Math.Min(most, 8);
    }

    /// <summary>Most rows of a batch now; at least 1.</summary>
    public long Rows => Math.Max(1, (long)_rows);

    /// <summary>Takes a run into account.</summary>
    /// <param name="rows">Its rows; more than the limit where a single request had them.</param>
    /// <param name="ticks">How long it took.</param>
    /// <param name="isLimited">More would have joined it, had the limit been higher.</param>
    public void Add(long rows, long ticks, bool isLimited)
    {
        _runs++;
        if (ticks > _budget)
            Slower(rows);
        else if ((isLimited || rows >= _rows * NearlyFull) && ticks < _budget * NearlyFull)
            _rows = Math.Min(_most, _rows + Math.Max(1, _rows / 32));
        if (_runs >= Window)
            (_runs, _slow) = (0, 0);
    }

    private void Slower(long rows)
    {
        // A small batch that was slow says nothing about large ones: the machine was busy with something else. Nor does a
        // request that has more rows than the limit, which would run all the same with a lower one.
        if (rows > Rows || rows * 2 < _rows || ++_slow < TooMany)
            return;
        _rows = Math.Max(1, rows * Decrease);
        (_runs, _slow) = (0, 0);
    }
}
