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

    /// <summary>A pipeline changed its state; exactly one state of a pipeline is 1.</summary>
    void PipelineStateChanged(string model, string version, string state);

    /// <summary>A load ended, well or badly.</summary>
    void PipelineLoaded(string model, string version, TimeSpan duration, bool succeeded);

    /// <summary>A request waits for an answer, or has it.</summary>
    /// <param name="change">1 or -1.</param>
    void InFlightChanged(int change);
}

/// <summary>Recorder of one pipeline. Thread-safe, allocates nothing.</summary>
public interface IPipelineMetrics
{
    /// <summary>A request ended.</summary>
    /// <param name="code"><c>ok</c> or the code of the error.</param>
    /// <param name="times">Seconds in each stage; stages that were not reached are 0.</param>
    /// <param name="rows">Rows of the request; counted where it succeeded.</param>
    void RequestCompleted(string code, in StageSeconds times, long rows);
}

/// <summary>Seconds that one request spent in each stage.</summary>
public readonly record struct StageSeconds(double Queue, double Preprocess, double Execute, double Postprocess, double Total);
