using System.Diagnostics;

namespace Inference.Domain.Execution;

/// <summary>Why an executor refused a request.</summary>
public enum RefusalReason
{
    /// <summary>Too many rows wait.</summary>
    QueueRows,

    /// <summary>Too many requests of its level wait.</summary>
    QueueRequests,

    /// <summary>Too many bytes wait for this model.</summary>
    QueueBytes,

    /// <summary>Too many bytes wait for all models together.</summary>
    TotalBytes,

    /// <summary>By the predicted wait it could not be answered within its deadline.</summary>
    Deadline,
}

/// <summary>Where a request ended before its answer.</summary>
public enum StopPlace
{
    /// <summary>While it waited; the model did not run for it.</summary>
    Queued,

    /// <summary>While the model ran.</summary>
    Running,
}

/// <summary>Why a request ended before its answer.</summary>
public enum StopCause
{
    /// <summary>Its caller went away.</summary>
    Cancelled,

    /// <summary>Its deadline passed.</summary>
    Deadline,

    /// <summary>It waited longer than it may.</summary>
    QueueTimeout,
}

/// <summary>One run of a model. Times in ticks of <see cref="TimeProvider.TimestampFrequency"/>.</summary>
/// <param name="Rows">Rows of the run.</param>
/// <param name="Requests">Requests that shared it.</param>
/// <param name="Input">Putting inputs together.</param>
/// <param name="Infer">The model.</param>
/// <param name="Output">Handing outputs out.</param>
/// <param name="Succeeded">False where it failed or was ended early.</param>
public readonly record struct RunReport(long Rows, int Requests, long Input, long Infer, long Output, bool Succeeded);

/// <summary>
/// Is told what an executor does, for metrics and statistics. Called on the way of requests: must be fast, must not throw
/// and must be thread-safe.
/// </summary>
public interface IExecutionObserver
{
    /// <summary>The model ran once.</summary>
    void RunCompleted(in RunReport run);

    /// <summary>A run that several requests shared is over, and traces of some of them are recorded. Told before they are answered.</summary>
    /// <param name="run">The run.</param>
    /// <param name="begun">When its batch was closed, as a timestamp.</param>
    /// <param name="ended">When its outputs were handed out, as a timestamp.</param>
    /// <param name="requests">Those whose traces are recorded.</param>
    /// <returns>The span of the run; nothing where none is recorded.</returns>
    ActivityContext RunTraced(in RunReport run, long begun, long ended, IReadOnlyList<RequestTrace> requests) => default;

    /// <summary>A request was refused before it waited.</summary>
    void Refused(RefusalReason reason);

    /// <summary>A request ended before its answer.</summary>
    void Stopped(StopPlace place, StopCause cause);

    /// <summary>A request has waited.</summary>
    /// <param name="predicted">Ticks predicted when it came; negative where nothing was known.</param>
    /// <param name="actual">Ticks that it waited.</param>
    void Waited(long predicted, long actual);
}
