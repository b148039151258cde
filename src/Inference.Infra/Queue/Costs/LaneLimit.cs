namespace Inference.Infra.Queue.Costs;

/// <summary>
/// Finds how many runs of one model are worth having under way at once, from how much slower each becomes beside others. A
/// run that uses all processors by itself gains nothing from a second one: both take twice as long, and so do their batches,
/// which could have been one. Not thread-safe.
/// </summary>
internal sealed class LaneLimit
{
    private const double Weight = 1.0 / 8;
    private const int Required = 4;

    // A further lane must bring this much, since it makes each run longer.
    private const double Worthwhile = 1.15;

    // What is not tried is not known: at first, and once in a while, some runs are alone and some are as many as can be.
    private const int FirstAlone = RunTimeEstimate.ColdRuns + Required;
    private const int Period = 128;
    private const int AloneRuns = 3;
    private const int CrowdedRuns = 6;
    private readonly RunCosts _alone = new(countsCold: true);
    private readonly double[] _slowdowns;
    private readonly double[] _rows;
    private readonly int[] _samples;
    private readonly int _lanes;
    private readonly long _maxRows;
    private long _begun;
    private int _runs;
    private int _best;

    /// <summary>Creates it.</summary>
    /// <param name="lanes">Runs that may be under way at once.</param>
    /// <param name="maxRows">Most rows of a run; 1 where requests share none.</param>
    public LaneLimit(int lanes, long maxRows)
    {
        _lanes = lanes;
        _maxRows = maxRows;
        _rows = new double[lanes + 1];
        _best = lanes;
        _slowdowns = new double[lanes + 1];
        _samples = new int[lanes + 1];
        _slowdowns[1] = 1;
    }

    /// <summary>Runs that may be under way now.</summary>
    public int Lanes
    {
        get
        {
            if (_lanes == 1)
                return 1;
            var phase = _runs % Period;
            var alone = _runs < Period ? FirstAlone : AloneRuns;
            return phase < alone ? 1 : phase < alone + CrowdedRuns ? _lanes : _best;
        }
    }

    /// <summary>A run begins.</summary>
    /// <param name="running">Runs under way with it.</param>
    /// <returns>To be given to <see cref="Ended"/>.</returns>
    public (long Begun, int Running) Began(int running) => (++_begun, running);

    /// <summary>A run has ended.</summary>
    /// <param name="mark">What <see cref="Began"/> returned.</param>
    /// <param name="running">Runs under way with it now.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="ticks">How long it took.</param>
    public void Ended((long Begun, int Running) mark, int running, long rows, long bytes, long ticks)
    {
        if (_lanes == 1)
            return;
        _runs++;
        if (mark.Running == 1 && running == 1 && mark.Begun == _begun)
            _alone.Add(rows, bytes, ticks, isComplete: true);
        else if (mark.Running == running && running <= _lanes)
            Crowded(running, rows, ticks);
    }

    private void Crowded(int running, long rows, long ticks)
    {
        if (_alone.Guess(rows) is not (> 0 and var alone))
            return;
        var weight = ++_samples[running] == 1 ? 1 : Weight;
        _slowdowns[running] += ((ticks / alone) - _slowdowns[running]) * weight;
        _rows[running] += (rows - _rows[running]) * weight;
        _best = Best();
    }

    // The least number of lanes than which no other known one is worth its longer runs.
    private int Best()
    {
        var (best, most) = (1, 1.0);
        for (var lanes = 2; lanes <= _lanes; lanes++)
        {
            if (_samples[lanes] < Required)
                continue;
            var gain = Gain(lanes);
            if (gain > most * Worthwhile)
                (best, most) = (lanes, gain);
        }

        return _samples[_lanes] < Required && best == 1 ? _lanes : best;
    }

    // How many times the rows of a single lane they get done in the same time. A single lane would have had the rows of all
    // of them in one run, which may take hardly longer than the run of a few.
    private double Gain(int lanes)
    {
        var (rows, together) = (_rows[lanes], Math.Min(_maxRows, (long)(_rows[lanes] * lanes)));
        return lanes * rows / (_slowdowns[lanes] * _alone.Guess((long)rows)) * _alone.Guess(together) / together;
    }
}
