using Inference.Services.Statistics;

namespace Inference.Services.Saturation;

/// <summary>
/// How long requests have recently waited by how long they should, as a mean in which the last few seconds weigh most. Where
/// requests are refused, what came by what was taken says it, since those that wait are few then. One look at a time; the
/// result may be read by anybody.
/// </summary>
internal sealed class RecentWait
{
    private double _ratio;
    private WaitTotals _last;
    private double _stuckSeconds;

    /// <summary>The result of the last look.</summary>
    public double Ratio => Volatile.Read(ref _ratio);

    /// <summary>Looks again.</summary>
    /// <param name="totals">Since the pipeline was loaded.</param>
    /// <param name="waiting">Requests that wait now.</param>
    /// <param name="target">The wait that is aimed at.</param>
    /// <param name="elapsed">Since the last look.</param>
    /// <returns>The new ratio.</returns>
    public double Measure(WaitTotals totals, int waiting, TimeSpan target, TimeSpan elapsed)
    {
        var (ended, nanoseconds, refused) = (totals.Count - _last.Count, totals.Nanoseconds - _last.Nanoseconds, totals.Refused - _last.Refused);
        _last = totals;

        // Where requests wait and none gets on, nobody tells of the wait but the clock.
        _stuckSeconds = ended == 0 && waiting > 0 ? _stuckSeconds + elapsed.TotalSeconds : 0;
        var wait = ended > 0 ? nanoseconds / 1e9 / ended : _stuckSeconds;
        var now = wait / target.TotalSeconds;
        if (refused > 0)
            now = Math.Max(now, (double)(ended + refused) / Math.Max(1, ended));
        var ratio = Smoothing.Next(_ratio, now, elapsed);
        Volatile.Write(ref _ratio, ratio);
        return ratio;
    }
}
