using System.Numerics;

namespace Inference.Infra.Queue.Costs;

/// <summary>
/// What runs of one model cost, learned from those before, by number of rows in steps of powers of two. Not thread-safe.
/// </summary>
internal sealed class RunCosts
{
    private const int MostSteps = 32;
    private const double Weight = 1.0 / 8;
    private readonly RunTimeEstimate[] _steps = new RunTimeEstimate[MostSteps];

    // Rows of the usual run of each step: between one and twice the rows of the step before.
    private readonly double[] _rows = new double[MostSteps];

    /// <summary>Knows nothing.</summary>
    /// <param name="countsCold">The first runs count like others, for whoever would rather know little than nothing.</param>
    public RunCosts(bool countsCold = false)
    {
        if (countsCold)
            Array.Fill(_steps, RunTimeEstimate.Warm);
    }

    /// <summary>Takes a run into account.</summary>
    public void Add(long rows, long bytes, long ticks, bool isComplete)
    {
        var step = Step(rows);
        _steps[step].Add(ticks, bytes, isComplete);
        _rows[step] += (rows - _rows[step]) * (_rows[step] == 0 ? 1 : Weight);
    }

    /// <summary>Ticks that such a run will take, from runs of about as many rows; infinity while too few were seen.</summary>
    public double Predict(long rows, long bytes) => _steps[Step(rows)].Predict(bytes);

    /// <summary>Ticks that such a run will take by all that is known; 0 where nothing is.</summary>
    public double Guess(long rows)
    {
        var (below, above) = (-1, -1);
        for (var step = 0; step < MostSteps; step++)
        {
            if (!_steps[step].IsRough)
                continue;
            if (_rows[step] <= rows)
                below = step;
            else if (above < 0)
                above = step;
        }

        // Fewer rows than were ever run take at most as long; more take longer in proportion.
        if (below < 0)
            return above < 0 ? 0 : _steps[above].Usual;
        var start = _steps[below].Usual;
        if (above < 0)
            return start * rows / _rows[below];
        return start + ((_steps[above].Usual - start) * (rows - _rows[below]) / (_rows[above] - _rows[below]));
    }

    /// <summary>Ticks below which such a run is not expected to be over; 0 where that is not known.</summary>
    public double AtLeast(long rows)
    {
        for (var step = Step(rows); step >= 0; step--)
        {
            if (_steps[step].IsKnown)
                return _steps[step].Fastest;
        }

        return 0;
    }

    /// <summary>Ticks of the fastest run of late of about as many rows; 0 where that is not known.</summary>
    public double Fastest(long rows) => _steps[Step(rows)] is { IsRough: true } step ? step.Fastest : 0;

    private static int Step(long rows) => rows <= 1 ? 0 : 64 - BitOperations.LeadingZeroCount((ulong)rows - 1);
}
