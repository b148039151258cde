using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>The metrics of memory that clients share. Names of regions come from clients, so that they are no labels.</summary>
internal sealed class SharedMemoryMetrics(IMetricFactory factory)
{
    public Gauge Regions { get; } = factory.CreateGauge("inference_shared_memory_regions", "Shared memory regions that are registered now.");

    public Gauge MappedBytes { get; } = factory.CreateGauge(
        "inference_shared_memory_mapped_bytes", "Bytes of shared memory regions that are mapped now, those included that are unregistered but still used.");

    public Counter Lost { get; } = factory.CreateCounter(
        "inference_shared_memory_lost_total", "Shared memory regions whose memory went away while a request used it.");
}
