namespace Inference.Infra.Queue.Costs;

/// <summary>
/// Predicts how long a request will wait for a lane, from what runs, what waits before it and how right earlier predictions
/// were. Not thread-safe.
/// </summary>
/// <param name="lanes">Runs of the model that may be under way at once.</param>
/// <param name="ticksPerSecond">Of the clock.</param>
internal sealed class WaitPredictor(int lanes, long ticksPerSecond)
{
    private const double Weight = 1.0 / 16;
    private const double LeastCorrection = 0.5;
    private const double MostCorrection = 8;
    private const int MostOnStack = 64;

    private readonly long[] _ends = new long[lanes];
    private double _correction = 1;
    private double _startDelay;
    private long _corrected;

    /// <summary>Runs under way.</summary>
    public int Running { get; private set; }

    /// <summary>A run begins, and will probably end then.</summary>
    public void Began(long now, double predicted)
    {
        if (Running < _ends.Length)
            _ends[Running] = now + (long)predicted;
        Running++;
    }

    /// <summary>A run has ended; the one that should have ended first is taken for it.</summary>
    public void Ended()
    {
        Running--;
        var known = Math.Min(Running + 1, _ends.Length);
        var first = 0;
        for (var i = 1; i < known; i++)
        {
            if (_ends[i] < _ends[first])
                first = i;
        }

        _ends[first] = _ends[known - 1];
    }

    /// <summary>A run could have begun so long before it did: the device's threads were busy with other models.</summary>
    public void Delayed(long ticks) => _startDelay += (ticks - _startDelay) * Weight;

    /// <summary>Ticks that a request will wait.</summary>
    /// <param name="now">The time.</param>
    /// <param name="usable">Lanes that are in use at present; at least 1.</param>
    /// <param name="batchesAhead">Full batches that wait before it.</param>
    /// <param name="batchTicks">What each of them takes.</param>
    public double Predict(long now, int usable, long batchesAhead, double batchTicks)
    {
        // Lanes become free one after the other, and each batch before takes the next one.
        var ends = Running <= MostOnStack ? stackalloc double[Running] : new double[Running];
        for (var i = 0; i < Running; i++)
            ends[i] = i < _ends.Length ? Math.Max(0, _ends[i] - now) : 0;
        ends.Sort();
        var index = (int)(batchesAhead % usable) + Running - usable;
        var wait = _startDelay + (index < 0 ? 0 : ends[index]) + (batchesAhead / usable * batchTicks);
        return wait * Correction(now);
    }

    /// <summary>A request waited; what was predicted corrects what will be.</summary>
    public void Waited(long now, double predicted, long actual)
    {
        // What takes microseconds either way teaches nothing.
        if (predicted * 10_000 < ticksPerSecond)
            return;
        var correction = Correction(now);
        var right = Math.Clamp(actual / predicted * correction, LeastCorrection, MostCorrection);
        _correction = correction + ((right - correction) * Weight);
        _corrected = now;
    }

    // Forgotten after a second in which nothing was learned: nobody shall be refused for what was.
    private double Correction(long now) => now - _corrected > ticksPerSecond ? 1 : _correction;
}
