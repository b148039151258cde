namespace Inference.Infra.Queue.Costs;

/// <summary>
/// By how much a predicted time is taken longer than predicted before a request is let in, learned from those that were let
/// in and came too late: runs on a busy machine vary, and whoever is let in with no time to spare has used a lane for
/// nothing. Settles where about one in twenty comes too late: where runs vary, a margin that spares them, too, leaves the
/// batches half empty, which costs more answers than they are. Those that one run decided over have one cause, and count
/// as a few at most: else a single hiccup of the machine would have requests refused for thousands of runs. Not thread-safe.
/// </summary>
internal sealed class AdmissionMargin
{
    private const double Increase = 1.02;
    private const double Decrease = 0.999;
    private const double Most = 2;
    private const int MostOfOneRun = 8;

    // Where requests are refused and a lane has nothing to do all the same, caution costs more than what comes too late.
    private const double Excessive = 0.9;
    private int _inTime;
    private int _late;

    /// <summary>What predicted times are multiplied by; at least 1.</summary>
    public double Factor { get; private set; } = 1;

    /// <summary>A request with a deadline is answered in time by the run that ends.</summary>
    public void InTime() => _inTime++;

    /// <summary>A request was let in and came too late.</summary>
    public void Late() => _late++;

    /// <summary>A run has ended: takes into account what was told since the one before.</summary>
    /// <param name="isExcessive">Requests were refused for the margin alone since the run before, and now nobody waits for the lane.</param>
    public void RunEnded(bool isExcessive)
    {
        if (isExcessive)
            Factor = Math.Max(1, Factor * Excessive);
        var all = _inTime + _late;
        if (all == 0)
            return;
        var share = (double)Math.Min(all, MostOfOneRun) / all;
        Factor = Math.Clamp(Factor * Math.Pow(Increase, _late * share) * Math.Pow(Decrease, _inTime * share), 1, Most);
        (_inTime, _late) = (0, 0);
    }
}
