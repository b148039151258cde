using System.Diagnostics;

namespace Inference.Core.Telemetry;

/// <summary>Recorder of one pipeline. Thread-safe; allocates nothing once each kind of event has occurred.</summary>
public interface IPipelineMetrics
{
    /// <summary>A request ended.</summary>
    /// <param name="code"><c>ok</c> or the code of the error.</param>
    /// <param name="times">Seconds in each stage; stages that were not reached are 0.</param>
    /// <param name="rows">Rows of the request; counted where it succeeded.</param>
    void RequestCompleted(string code, in StageSeconds times, long rows);

    /// <summary>The model ran once.</summary>
    /// <param name="rows">Rows of the run.</param>
    /// <param name="requests">Requests that shared it.</param>
    /// <param name="succeeded">False where it failed or was ended early.</param>
    void RunCompleted(long rows, int requests, bool succeeded);

    /// <summary>A request was refused before it waited.</summary>
    /// <param name="reason">Which limit it met, such as <c>queue_rows</c>; from a fixed set.</param>
    void Refused(string reason);

    /// <summary>A request ended before its answer.</summary>
    /// <param name="place">Where it was: <c>queued</c> or <c>running</c>.</param>
    /// <param name="cause">Why it ended, such as <c>cancelled</c>; from a fixed set.</param>
    void Stopped(string place, string cause);

    /// <summary>A request for which a wait was predicted has waited.</summary>
    /// <param name="predicted">Seconds predicted when it came.</param>
    /// <param name="actual">Seconds that it waited.</param>
    void Waited(double predicted, double actual);

    /// <summary>Reads the pipeline's queue at each scrape until what is returned is disposed of.</summary>
    /// <param name="read">What waits now; must be fast and thread-safe.</param>
    IDisposable WatchQueue(Func<QueueDepth> read);
}

/// <summary>Seconds that one request spent in each stage.</summary>
public readonly record struct StageSeconds(double Queue, double Preprocess, double Execute, double Postprocess, double Total)
{
    /// <summary>The request's span, where its trace is recorded: an example of such times.</summary>
    public ActivityContext Span { get; init; }
}

/// <summary>What waits for a pipeline at one moment, and what runs.</summary>
/// <param name="Requests">Requests that wait for a lane.</param>
/// <param name="Rows">Their rows.</param>
/// <param name="Bytes">Their inputs' bytes.</param>
/// <param name="Blocked">Requests of streams that wait for room in the queue.</param>
public readonly record struct QueueDepth(int Requests, long Rows, long Bytes, int Blocked)
{
    /// <summary>Runs of the model under way on the device's threads.</summary>
    public int Running { get; init; }

    /// <summary>Recent waits by the wait that is aimed at; 1 is the aim.</summary>
    public double Saturation { get; init; }
}
