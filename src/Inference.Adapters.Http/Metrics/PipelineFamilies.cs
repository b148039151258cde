using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>The metrics of requests and pipelines: names, help texts, labels, buckets.</summary>
internal sealed class PipelineFamilies(IMetricFactory factory)
{
    // A pass through a small model takes tens of microseconds, one through a large model seconds.
    private static readonly double[] Buckets =
    [
        50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 5, 10, 30, 60,
    ];

    public Counter Requests { get; } = factory.CreateCounter(
        "inference_requests_total",
        "Inference requests that ended, by outcome: ok or the code of the error. The version is empty where no pipeline was reached.",
        ["model", "version", "code"]);

    public Histogram Duration { get; } = factory.CreateHistogram(
        "inference_request_duration_seconds",
        "Time that inference requests spent in each stage that they reached, whatever their outcome; total is from decoded request to finished response.",
        ["model", "version", "stage"],
        new HistogramConfiguration { Buckets = Buckets });

    public Gauge InFlight { get; } = factory.CreateGauge("inference_requests_in_flight", "Inference requests that wait for their answer now.");

    public Counter Rows { get; } = factory.CreateCounter("inference_rows_total", "Rows in inference requests that were answered.", ["model", "version"]);

    public Counter Loads { get; } = factory.CreateCounter(
        "inference_pipeline_loads_total", "Loads of the pipeline that ended, by result: ok or failed.", ["model", "version", "result"]);

    public Gauge LoadDuration { get; } = factory.CreateGauge(
        "inference_pipeline_load_duration_seconds", "How long the last load of the pipeline took, warm-up included.", ["model", "version"]);

    public Gauge Device { get; } = factory.CreateGauge(
        "inference_pipeline_device_info", "Always 1; the label tells the device that the pipeline runs on.", ["model", "version", "device"]);

    public Gauge Outdated { get; } = factory.CreateGauge(
        "inference_pipeline_outdated", "1 while the pipeline serves its earlier content, since its newer one could not be loaded; else 0.", ["model", "version"]);

    public Counter Looks { get; } = factory.CreateCounter(
        "inference_repository_looks_total", "Looks at the model repository for changes, by result: ok, or failed where it could not be read.", ["result"]);

    /// <summary>Drops every series of pipelines that are gone, so that those that come and go leave none behind.</summary>
    public void Remove(IReadOnlySet<PipelineLabels> pipelines)
    {
        PipelineSeries.Remove(Requests, pipelines);
        PipelineSeries.Remove(Duration, pipelines);
        PipelineSeries.Remove(Rows, pipelines);
        PipelineSeries.Remove(Loads, pipelines);
        PipelineSeries.Remove(LoadDuration, pipelines);
        PipelineSeries.Remove(Device, pipelines);
        PipelineSeries.Remove(Outdated, pipelines);
    }
}
