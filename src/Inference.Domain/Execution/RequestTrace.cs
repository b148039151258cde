using System.Diagnostics;

namespace Inference.Domain.Execution;

/// <summary>A stage of a request, as traces tell it.</summary>
public enum Stage
{
    /// <summary>External input to model input.</summary>
    Preprocess,

    /// <summary>From the executor's acceptance to when a lane took it.</summary>
    Queue,

    /// <summary>The run of the model.</summary>
    Execute,

    /// <summary>Model output to response.</summary>
    Postprocess,
}

/// <summary>When a request was in a stage, as timestamps of <see cref="TimeProvider.GetTimestamp"/>.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Start">When it began.</param>
/// <param name="End">When it ended.</param>
/// <param name="BatchRows">Rows of the run, for <see cref="Stage.Execute"/>; else 0.</param>
/// <param name="Batch">The span of the run that several requests shared; nothing where there was none.</param>
public readonly record struct StageInterval(Stage Stage, long Start, long End, long BatchRows = 0, ActivityContext Batch = default);

/// <summary>
/// Notes when the stages of one request began and ended. Made only for requests whose trace is recorded, so that the others
/// cost a look at whether there is one. Thread-safe: parts of a request may be under way at once.
/// </summary>
/// <param name="span">The span of the call; those of its stages are its children.</param>
public sealed class RequestTrace(ActivityContext span)
{
    /// <summary>Intervals that are kept of one request; a larger one that runs in more parts says how many were left out.</summary>
    public const int MostIntervals = 128;

    private readonly Lock _lock = new();
    private readonly List<StageInterval> _intervals = [];
    private int _leftOut;

    /// <summary>The span of the call.</summary>
    public ActivityContext Span => span;

    /// <summary>What is left out because there was more than is kept.</summary>
    public int LeftOut
    {
        get
        {
            lock (_lock)
                return _leftOut;
        }
    }

    /// <summary>The request, or a part of it, was in a stage.</summary>
    public void Add(in StageInterval interval)
    {
        lock (_lock)
        {
            if (_intervals.Count < MostIntervals)
                _intervals.Add(interval);
            else
                _leftOut++;
        }
    }

    /// <summary>What was noted until now, in the order in which it ended.</summary>
    public IReadOnlyList<StageInterval> Intervals()
    {
        lock (_lock)
            return [.. _intervals];
    }
}
