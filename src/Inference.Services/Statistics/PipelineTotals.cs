using System.Collections.Immutable;

namespace Inference.Services.Statistics;

/// <summary>Totals of one pipeline at one moment.</summary>
public sealed record PipelineTotals
{
    /// <summary>Rows answered.</summary>
    public ulong Rows { get; init; }

    /// <summary>Runs of the model that succeeded; several requests may share one.</summary>
    public ulong Executions { get; init; }

    /// <summary>When the last request was answered; 0 for never.</summary>
    public ulong LastInferenceUnixMilliseconds { get; init; }

    /// <summary>Requests answered, with their whole time.</summary>
    public DurationTotal Success { get; init; }

    /// <summary>Requests that ended in an error, with their whole time.</summary>
    public DurationTotal Fail { get; init; }

    /// <summary>Waiting for a lane.</summary>
    public DurationTotal Queue { get; init; }

    /// <summary>Preprocessing, and putting a batch's inputs together; for each request the whole of its batch's.</summary>
    public DurationTotal ComputeInput { get; init; }

    /// <summary>Running the model; for each request the whole run that it shared.</summary>
    public DurationTotal ComputeInfer { get; init; }

    /// <summary>Handing a batch's outputs out, and postprocessing.</summary>
    public DurationTotal ComputeOutput { get; init; }

    /// <summary>Runs that succeeded by their number of rows, smallest first.</summary>
    public ImmutableArray<BatchTotals> Batches { get; init; } = [];
}

/// <summary>Totals of the runs with one number of rows: inputs put together, model run, outputs handed out.</summary>
public readonly record struct BatchTotals(ulong Rows, DurationTotal ComputeInput, DurationTotal ComputeInfer, DurationTotal ComputeOutput);
