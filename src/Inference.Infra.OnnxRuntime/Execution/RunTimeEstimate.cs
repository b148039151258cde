namespace Inference.Infra.OnnxRuntime.Execution;

/// <summary>
/// How long the next run will take, from those before: a moving average in which one outlier weighs an eighth, so that a
/// model that grows slower is noticed with its first slow run. Not thread-safe.
/// </summary>
internal struct RunTimeEstimate
{
    /// <summary>Runs that tell nothing, since memory and caches are still cold.</summary>
    public const int ColdRuns = 4;

    /// <summary>Runs before there is an estimate.</summary>
    public const int RequiredRuns = 16;

    private const double Weight = 1.0 / 8;
    private int _runs;
    private double _ticks;
    private double _bytes;

    /// <summary>Takes a finished run into account.</summary>
    public void Add(long ticks, long bytes)
    {
        _runs = Math.Min(_runs + 1, RequiredRuns);
        if (_runs <= ColdRuns)
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
