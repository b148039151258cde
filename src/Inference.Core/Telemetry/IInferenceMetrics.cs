namespace Inference.Core.Telemetry;

/// <summary>
/// What the server counts and times. One implementation writes it to the metrics system; services know only this.
/// Thread-safe. Label values are bounded: names come from the repository, never from a request.
/// </summary>
public interface IInferenceMetrics
{
    /// <summary>The recorder of one pipeline; keep it, since finding it again costs a look-up.</summary>
    IPipelineMetrics ForPipeline(string model, string version, string device);

    /// <summary>A request that reached no pipeline.</summary>
    /// <param name="model">Name of a model that is in the repository, else empty.</param>
    /// <param name="code">Code of the error, such as <c>model_not_found</c>.</param>
    void RequestRejected(string model, string code);

    /// <summary>The server had too much to do to take a request on, whatever its model.</summary>
    /// <param name="reason">The limit that was met: one of <see cref="ServerRefusals"/>.</param>
    void RequestRefused(string reason);

    /// <summary>A pipeline changed its state; exactly one state of a pipeline is 1.</summary>
    void PipelineStateChanged(string model, string version, string state);

    /// <summary>Whether a pipeline serves its earlier content, since its newer one could not be loaded.</summary>
    void PipelineOutdated(string model, string version, bool isOutdated);

    /// <summary>The pipeline is not in the repository any more: nothing is told of it from now on.</summary>
    void PipelineRemoved(string model, string version);

    /// <summary>The server looked at the repository for changes.</summary>
    /// <param name="succeeded">False where it could not be read.</param>
    void RepositoryLooked(bool succeeded);

    /// <summary>A load ended, well or badly.</summary>
    void PipelineLoaded(string model, string version, TimeSpan duration, bool succeeded);

    /// <summary>A request waits for an answer, or has it.</summary>
    /// <param name="change">1 or -1.</param>
    void InFlightChanged(int change);

    /// <summary>A client opened a stream.</summary>
    void StreamOpened();

    /// <summary>A stream ended, for whatever reason.</summary>
    void StreamClosed();

    /// <summary>Requests of streams were taken on, or their last answer was written or given up.</summary>
    /// <param name="change">How many; negative for those that ended.</param>
    void StreamInFlightChanged(int change);

    /// <summary>The first answer to a request of a stream was ready.</summary>
    /// <param name="elapsed">Since the request was decoded.</param>
    void FirstResponse(TimeSpan elapsed);

    /// <summary>Shared memory regions were registered or unregistered, or bytes of them mapped or let go.</summary>
    /// <param name="regions">How many more are registered; negative for fewer.</param>
    /// <param name="bytes">How many more are mapped; negative for fewer.</param>
    void SharedMemoryChanged(int regions, long bytes);

    /// <summary>The memory of a region went away while it was used.</summary>
    void SharedMemoryLost();
}

/// <summary>Limits of the server as a whole that a request can meet.</summary>
public static class ServerRefusals
{
    /// <summary>Requests under way.</summary>
    public const string Concurrency = "concurrency";

    /// <summary>Bytes of the requests that the server holds.</summary>
    public const string RequestBytes = "request_bytes";
}
