namespace Inference.Infra.Queue.Costs;

/// <summary>
/// How long the next run will take, from those before: a moving average in which a run weighs an eighth. On a busy machine
/// a thread is often put aside in the middle of a run, so a run that took many times as long as usual is passed over unless
/// several in a row did, or it took so long that nothing else explains it: a model that grows slower is noticed after a few
/// runs. One that took more than twice as long as usual, but is believed at once, counts as twice as long. Not thread-safe.
/// </summary>
internal struct RunTimeEstimate
{
    /// <summary>Runs that tell nothing, since memory and caches are still cold.</summary>
    public const int ColdRuns = 4;

    /// <summary>Runs before there is an estimate.</summary>
    public const int RequiredRuns = 16;

    private const double Weight = 1.0 / 8;
    private const double Outlier = 8;
    private const double MostGrowth = 2;
    private const double BeyondDoubt = 2000;

    private const int OutliersBelieved = 4;
    private int _outliers;
    private int _runs;
    private double _ticks;
    private double _bytes;
    private LeastOfLate _fastest;

    /// <summary>An estimate that counts the first runs, too.</summary>
    public static RunTimeEstimate Warm => new() { _runs = ColdRuns };

    /// <summary>There is an estimate to be relied on.</summary>
    public readonly bool IsKnown => _runs >= RequiredRuns;

    /// <summary>There is an estimate from a few runs, good enough to compare sizes.</summary>
    public readonly bool IsRough => _ticks > 0;

    /// <summary>Ticks of the usual run.</summary>
    public readonly double Usual => _ticks;

    /// <summary>Ticks of the fastest run of late, of any size that was seen: no run is expected to be over sooner.</summary>
    public readonly double Fastest => _fastest.Value;

    /// <summary>Takes a run into account.</summary>
    /// <param name="ticks">How long it took.</param>
    /// <param name="bytes">Size of its inputs.</param>
    /// <param name="isComplete">False where it was ended early, so that it would have taken longer.</param>
    public void Add(long ticks, long bytes, bool isComplete = true)
    {
        _runs = Math.Min(_runs + 1, RequiredRuns);
        if (_runs <= ColdRuns)
            return;

        // That it would have taken longer than this is nothing new.
        if (!isComplete && ticks < _ticks)
            return;
        if (isComplete)
            _fastest.Add(ticks);
        var usual = _ticks * Math.Max(1, bytes / Math.Max(1, _bytes));
        _outliers = usual > 0 && ticks > Outlier * usual ? _outliers + 1 : 0;
        if (_outliers is > 0 and < OutliersBelieved && ticks < BeyondDoubt * usual)
            return;
        if (usual > 0 && _outliers == 0)
            ticks = Math.Min(ticks, (long)Math.Ceiling(usual * MostGrowth));
        var weight = _ticks == 0 ? 1 : Weight;
        _ticks += ((ticks - _ticks) * weight);
        _bytes += ((bytes - _bytes) * weight);
    }

    /// <summary>
    /// Ticks that a run with inputs of that size is expected to take, or infinity while too few were seen. Larger inputs
    /// than usual are expected to take longer in proportion; smaller ones are not trusted to be faster.
    /// </summary>
    public readonly double Predict(long bytes) =>
        _runs < RequiredRuns ? double.PositiveInfinity : _ticks * Math.Max(1, bytes / Math.Max(1, _bytes));
}
