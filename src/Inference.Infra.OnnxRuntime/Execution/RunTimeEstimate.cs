namespace Inference.Infra.OnnxRuntime.Execution;

/// <summary>
/// How long the next run will take, from those before: a moving average in which a run weighs an eighth. On a busy machine
/// a thread is often put aside in the middle of a run, so a run that took many times as long as usual is passed over unless
/// several in a row did, or it took so long that nothing else explains it: a model that grows slower is noticed after a few
/// runs. Not thread-safe.
/// </summary>
internal struct RunTimeEstimate
{
    /// <summary>Runs that tell nothing, since memory and caches are still cold.</summary>
    public const int ColdRuns = 4;

    /// <summary>Runs before there is an estimate.</summary>
    public const int RequiredRuns = 16;

    private const double Weight = 1.0 / 8;
    private const double Outlier = 8;
    private const double BeyondDoubt = 2000;
    private const int OutliersBelieved = 4;
    private int _outliers;
    private int _runs;
    private double _ticks;
    private double _bytes;

    /// <summary>Takes a finished run into account.</summary>
    public void Add(long ticks, long bytes)
    {
        _runs = Math.Min(_runs + 1, RequiredRuns);
        if (_runs <= ColdRuns)
            return;
        var usual = _ticks * Math.Max(1, bytes / Math.Max(1, _bytes));
        _outliers = usual > 0 && ticks > Outlier * usual ? _outliers + 1 : 0;
        if (_outliers is > 0 and < OutliersBelieved && ticks < BeyondDoubt * usual)
            return;
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
