using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>The metrics of queues, batches and runs: names, help texts, labels, buckets.</summary>
internal sealed class SchedulingFamilies(IMetricFactory factory)
{
    private static readonly string[] Labels = ["model", "version"];
    private static readonly double[] WaitBuckets = [100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 5, 10, 30, 60];

    public Histogram BatchRows { get; } = factory.CreateHistogram(
        "inference_batch_rows",
        "Rows of each run of the model.",
        Labels,
        new HistogramConfiguration { Buckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536] });

    public Histogram BatchRequests { get; } = factory.CreateHistogram(
        "inference_batch_requests",
        "Requests that shared each run of the model.",
        Labels,
        new HistogramConfiguration { Buckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] });

    public Counter Runs { get; } = factory.CreateCounter(
        "inference_runs_total", "Runs of the model, by result: ok, or failed where it failed or was ended early.", ["model", "version", "result"]);

    public Gauge QueueRequests { get; } = factory.CreateGauge("inference_queue_requests", "Requests that wait for a lane now.", Labels);

    public Gauge QueueRows { get; } = factory.CreateGauge("inference_queue_rows", "Rows that wait for a lane now.", Labels);

    public Gauge QueueBytes { get; } = factory.CreateGauge("inference_queue_bytes", "Bytes of the inputs that wait for a lane now.", Labels);

    public Gauge QueueBlocked { get; } = factory.CreateGauge("inference_queue_blocked", "Requests of streams that wait for room in the queue now.", Labels);

    public Gauge RunsInFlight { get; } = factory.CreateGauge("inference_runs_in_flight", "Runs of the model under way on the device's threads now.", Labels);

    public Gauge Saturation { get; } = factory.CreateGauge(
        "inference_pipeline_saturation_ratio",
        "Recent waits in the queue by the wait that is aimed at (Queue:WaitTargetMilliseconds), or what came by what was taken where requests are refused; above 1 there is too little of the server.",
        Labels);

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
        Labels,
        new HistogramConfiguration { Buckets = WaitBuckets });

    public Histogram ActualWait { get; } = factory.CreateHistogram(
        "inference_wait_actual_seconds",
        "Wait in the queue that the requests with a prediction really had.",
        Labels,
        new HistogramConfiguration { Buckets = WaitBuckets });

    /// <summary>Drops every series of pipelines that are gone; what their queues hold goes with its watch.</summary>
    public void Remove(IReadOnlySet<PipelineLabels> pipelines)
    {
        PipelineSeries.Remove(BatchRows, pipelines);
        PipelineSeries.Remove(BatchRequests, pipelines);
        PipelineSeries.Remove(Runs, pipelines);
        PipelineSeries.Remove(Refusals, pipelines);
        PipelineSeries.Remove(Stops, pipelines);
        PipelineSeries.Remove(PredictedWait, pipelines);
        PipelineSeries.Remove(ActualWait, pipelines);
    }
}
