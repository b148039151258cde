using System.Numerics;

namespace Inference.Infra.Queue.Costs;

/// <summary>
/// What runs of one model cost, learned from those before, by number of rows in steps of powers of two. Not thread-safe.
/// </summary>
internal sealed class RunCosts
{
    private const int MostSteps = 32;
    private readonly RunTimeEstimate[] _steps = new RunTimeEstimate[MostSteps];

    /// <summary>Takes a run into account.</summary>
    public void Add(long rows, long bytes, long ticks, bool isComplete) => _steps[Step(rows)].Add(ticks, bytes, isComplete);

    /// <summary>Ticks that such a run will take, from runs of about as many rows; infinity while too few were seen.</summary>
    public double Predict(long rows, long bytes) => _steps[Step(rows)].Predict(bytes);

    /// <summary>Ticks that such a run will take by all that is known; 0 where nothing is.</summary>
    public double Guess(long rows)
    {
        var step = Step(rows);
        if (_steps[step].IsRough)
            return _steps[step].Usual;

        // Fewer rows than were ever run take at most as long; more take at most so many times as long.
        for (var distance = 1; distance < MostSteps; distance++)
        {
            if (step + distance < MostSteps && _steps[step + distance].IsRough)
                return _steps[step + distance].Usual;
            if (step - distance >= 0 && _steps[step - distance].IsRough)
                return _steps[step - distance].Usual * (1L << distance);
        }

        return 0;
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

    private static int Step(long rows) => rows <= 1 ? 0 : 64 - BitOperations.LeadingZeroCount((ulong)rows - 1);
}
