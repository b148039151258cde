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
    private const double LearningWeight = 1.0 / 64;
    private const double LeastCorrection = 0.5;
    private const double MostCorrection = 8;
    private const int MostOnStack = 64;

    // A run goes on for at least this share of what it has taken: the longer it is overdue, the less is known of its end.
    private const double LeastRest = 0.25;

    private readonly long[] _begins = new long[lanes];
    private readonly long[] _ends = new long[lanes];

    // Means of what was predicted and of what it came to. Their quotient, and not the mean of quotients, corrects: a wait that was
    // predicted as next to nothing may come to many times as much, which says nothing about the long ones.
    private double _predicted;
    private double _actual;
    private double _startDelay;
    private long _corrected;

    /// <summary>Runs under way.</summary>
    public int Running { get; private set; }

    /// <summary>A run begins, and will probably end then.</summary>
    public void Began(long now, double predicted)
    {
        if (Running < _ends.Length)
            (_begins[Running], _ends[Running]) = (now, now + (long)predicted);
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

        (_begins[first], _ends[first]) = (_begins[known - 1], _ends[known - 1]);
    }

    /// <summary>A run could have begun so long before it did: the device's threads were busy with other models.</summary>
    public void Delayed(long ticks) => _startDelay += (ticks - _startDelay) * Weight;

    /// <summary>Ticks that a request will wait, not corrected yet.</summary>
    /// <param name="now">The time.</param>
    /// <param name="usable">Lanes that are in use at present; at least 1.</param>
    /// <param name="batchesAhead">Full batches that wait before it.</param>
    /// <param name="batchTicks">What each of them takes.</param>
    public double Predict(long now, int usable, long batchesAhead, double batchTicks)
    {
        // Lanes become free one after the other, and each batch before takes the next one.
        var ends = Running <= MostOnStack ? stackalloc double[Running] : new double[Running];
        for (var i = 0; i < Running; i++)
            ends[i] = i < _ends.Length ? Math.Max(_ends[i] - now, (now - _begins[i]) * LeastRest) : 0;
        ends.Sort();
        var index = (int)(batchesAhead % usable) + Running - usable;
        return _startDelay + (index < 0 ? 0 : ends[index]) + (batchesAhead / usable * batchTicks);
    }

    /// <summary>A prediction, corrected by what earlier ones came to.</summary>
    public double Correct(long now, double predicted) => predicted * Correction(now);

    /// <summary>A request waited; what it came to corrects what will be predicted.</summary>
    /// <param name="now">The time.</param>
    /// <param name="predicted">Ticks that were predicted, not corrected.</param>
    /// <param name="actual">Ticks that it waited.</param>
    /// <param name="requests">How many requests that counts for.</param>
    public void Waited(long now, double predicted, long actual, int requests = 1)
    {
        // What takes microseconds either way teaches nothing.
        if (predicted * 10_000 < ticksPerSecond)
            return;
        if (IsForgotten(now))
            (_predicted, _actual) = (predicted, predicted);
        var weight = Math.Min(1, requests * LearningWeight);
        _predicted += (predicted - _predicted) * weight;
        _actual += (Math.Min(actual, predicted * MostCorrection) - _actual) * weight;
        _corrected = now;
    }

    private double Correction(long now) => IsForgotten(now) ? 1 : Math.Clamp(_actual / _predicted, LeastCorrection, MostCorrection);

    // After a second in which nothing was learned: nobody shall be refused for what was.
    private bool IsForgotten(long now) => _predicted <= 0 || now - _corrected > ticksPerSecond;
}
