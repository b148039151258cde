using Inference.Core.Telemetry;
using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>Memory outside of the garbage-collected heap, read at each scrape.</summary>
internal static class MemoryMetrics
{
    public static void Register(CollectorRegistry registry, INativeMemory memory)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        var returned = factory.CreateCounter("inference_arena_returned_bytes_total", "Memory for what runs compute that was given back because runs became smaller or ended.");
        var trims = factory.CreateCounter("inference_native_heap_trims_total", "Times that the C library gave free pages of its heap back to the system.");
        var reading = memory.Read();
        var used = reading.UsedBytes is null ? null : factory.CreateGauge("inference_native_heap_used_bytes", "Memory allocated from the C library's heap: models, what runs compute, tensors.");
        var free = reading.FreeBytes is null ? null : factory.CreateGauge("inference_native_heap_free_bytes", "Memory that the C library keeps for later; pages that it has given back are counted, too.");
        registry.AddBeforeCollectCallback(() =>
        {
            var now = memory.Read();
            returned.IncTo(now.ArenaReturnedBytes);
            trims.IncTo(now.Trims);
            used?.Set(now.UsedBytes ?? 0);
            free?.Set(now.FreeBytes ?? 0);
        });
    }
}
