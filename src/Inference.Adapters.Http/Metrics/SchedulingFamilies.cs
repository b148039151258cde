using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>The metrics of queues, batches and runs: names, help texts, labels, buckets.</summary>
internal sealed class SchedulingFamilies(IMetricFactory factory)
{
    private static readonly string[] PipelineLabels = ["model", "version"];
    private static readonly double[] WaitBuckets = [100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 5, 10, 30, 60];

    public Histogram BatchRows { get; } = factory.CreateHistogram(
        "inference_batch_rows",
        "Rows of each run of the model.",
        PipelineLabels,
        new HistogramConfiguration { Buckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536] });

    public Histogram BatchRequests { get; } = factory.CreateHistogram(
        "inference_batch_requests",
        "Requests that shared each run of the model.",
        PipelineLabels,
        new HistogramConfiguration { Buckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] });

    public Counter Runs { get; } = factory.CreateCounter(
        "inference_runs_total", "Runs of the model, by result: ok, or failed where it failed or was ended early.", ["model", "version", "result"]);

    public Gauge QueueRequests { get; } = factory.CreateGauge("inference_queue_requests", "Requests that wait for a lane now.", PipelineLabels);

    public Gauge QueueRows { get; } = factory.CreateGauge("inference_queue_rows", "Rows that wait for a lane now.", PipelineLabels);

    public Gauge QueueBytes { get; } = factory.CreateGauge("inference_queue_bytes", "Bytes of the inputs that wait for a lane now.", PipelineLabels);

    public Gauge QueueBlocked { get; } = factory.CreateGauge("inference_queue_blocked", "Requests of streams that wait for room in the queue now.", PipelineLabels);

    public Gauge RunsInFlight { get; } = factory.CreateGauge("inference_runs_in_flight", "Runs of the model under way on the device's threads now.", PipelineLabels);

    public Gauge Saturation { get; } = factory.CreateGauge(
        "inference_pipeline_saturation_ratio",
        "Recent waits in the queue by the wait that is aimed at (Queue:WaitTargetMilliseconds), or what came by what was taken where requests are refused; above 1 there is too little of the server.",
        PipelineLabels);

    public Counter Refusals { get; } = factory.CreateCounter(
        "inference_refusals_total",
        "Requests that were refused because there was too much to do, by the limit they met. Model and version are empty where the limit is the whole server's.",
        ["model", "version", "reason"]);

    public Counter Stops { get; } = factory.CreateCounter(
        "inference_stops_total",
        "Requests that ended before their answer, by place (queued, running) and cause (cancelled, deadline, queue_timeout).",
        ["model", "version", "place", "cause"]);

    public Histogram PredictedWait { get; } = factory.CreateHistogram(
        "inference_wait_predicted_seconds",
        "Wait in the queue that was predicted when the request came, for requests with a prediction.",
        PipelineLabels,
        new HistogramConfiguration { Buckets = WaitBuckets });

    public Histogram ActualWait { get; } = factory.CreateHistogram(
        "inference_wait_actual_seconds",
        "Wait in the queue that the requests with a prediction really had.",
        PipelineLabels,
        new HistogramConfiguration { Buckets = WaitBuckets });

    /// <summary>Drops every series of a pipeline that is not in the repository any more; what its queue holds goes with its watch.</summary>
    public void Remove(string model, string version)
    {
        PipelineSeries.Remove(BatchRows, model, version);
        PipelineSeries.Remove(BatchRequests, model, version);
        PipelineSeries.Remove(Runs, model, version);
        PipelineSeries.Remove(Refusals, model, version);
        PipelineSeries.Remove(Stops, model, version);
        PipelineSeries.Remove(PredictedWait, model, version);
        PipelineSeries.Remove(ActualWait, model, version);
    }
}
