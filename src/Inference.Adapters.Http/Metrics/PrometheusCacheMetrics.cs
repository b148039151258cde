using Inference.Core.Telemetry;
using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>
/// Writes what is counted of pipelines in memory to a Prometheus registry. No series names a model: with thousands of them each would
/// have its own. Thread-safe.
/// </summary>
internal sealed class PrometheusCacheMetrics : ICacheMetrics
{
    // A small model is there in milliseconds, a large one in a minute.
    private static readonly double[] Buckets = [1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 250e-3, 500e-3, 1, 2.5, 5, 10, 30, 60];
    private readonly Gauge _pipelines;
    private readonly Gauge _bytes;
    private readonly Gauge _budget;
    private readonly Counter _misses;
    private readonly Histogram _wait;
    private readonly Counter _evictions;
    private readonly Counter _refusals;

    public PrometheusCacheMetrics(CollectorRegistry registry)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        _pipelines = factory.CreateGauge("inference_cache_pipelines", "Pipelines that are in memory.");
        _bytes = factory.CreateGauge("inference_cache_memory_bytes", "Memory that the pipelines take, as far as it is measured: weights, what runs needed, and structures of operators.");
        _budget = factory.CreateGauge("inference_cache_budget_bytes", "Memory that the pipelines may take (Cache:MemoryBytes); 0 where there is no budget.");
        _misses = factory.CreateCounter("inference_cache_misses_total", "Requests that found their pipeline not in memory and waited for it.");
        _wait = factory.CreateHistogram(
            "inference_cache_wait_seconds", "Time that requests waited for their pipeline to be loaded, whether or not it was.", new HistogramConfiguration { Buckets = Buckets });
        _evictions = factory.CreateCounter(
            "inference_cache_evictions_total", "Pipelines that had to go, by reason: room (another was to be loaded), growth (those in memory took more than they may).", ["reason"]);
        _refusals = factory.CreateCounter(
            "inference_cache_refusals_total",
            "Requests that were refused because their pipeline was not in memory, by reason: waiting (too many wait), room (everything in memory is in use or pinned), size (it alone takes more than the budget).",
            ["reason"]);

        // From the start, so that the first is an increase and not a new series, which no rate sees.
        foreach (var reason in new[] { EvictionReasons.Room, EvictionReasons.Growth })
            _evictions.WithLabels(reason);
        foreach (var reason in new[] { CacheRefusals.Waiting, CacheRefusals.Room, CacheRefusals.Size })
            _refusals.WithLabels(reason);
    }

    public void Missed(TimeSpan waited)
    {
        _misses.Inc();
        _wait.Observe(waited.TotalSeconds);
    }

    public void Refused(string reason) => _refusals.WithLabels(reason).Inc();

    public void Evicted(string reason) => _evictions.WithLabels(reason).Inc();

    public void Holds(int pipelines, long bytes, long budget)
    {
        _pipelines.Set(pipelines);
        _bytes.Set(bytes);
        _budget.Set(budget);
    }
}
