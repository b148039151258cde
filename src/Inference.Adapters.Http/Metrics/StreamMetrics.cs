using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>The metrics of streams. Their model may change with each request, so that they have no labels.</summary>
internal sealed class StreamMetrics(IMetricFactory factory)
{
    private static readonly double[] Buckets =
        [100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 5, 10, 30, 60];

    public Gauge Open { get; } = factory.CreateGauge("inference_streams_open", "Streams that are open now.");

    public Gauge InFlight { get; } = factory.CreateGauge("inference_stream_requests_in_flight", "Requests of streams that are under way now, or whose answers are not yet written.");

    public Histogram FirstResponse { get; } = factory.CreateHistogram(
        "inference_stream_first_response_seconds",
        "Time from a decoded request of a stream to its first answer.",
        new HistogramConfiguration { Buckets = Buckets });
}
