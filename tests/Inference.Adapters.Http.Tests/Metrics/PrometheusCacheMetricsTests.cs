using Inference.Adapters.Http.Metrics;
using Inference.Core.Telemetry;

namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class PrometheusCacheMetricsTests
{
    [Test]
    public async Task Page_WhatHappenedToPipelinesInMemory_IsTold()
    {
        using var page = new MetricsPage();
        var cache = new PrometheusCacheMetrics(page.Metrics.Registry);
        Assert.That(await page.ReadAsync(), Does.Contain("inference_cache_evictions_total{reason=\"growth\"} 0"), "from the start");

        cache.Holds(3, 1000, 2000);
        cache.Missed(TimeSpan.FromMilliseconds(3));
        cache.Evicted(EvictionReasons.Room);
        cache.Refused(CacheRefusals.Size);

        var text = await page.ReadAsync();
        string[] expected =
        [
            "inference_cache_pipelines 3", "inference_cache_memory_bytes 1000", "inference_cache_budget_bytes 2000", "inference_cache_misses_total 1",
            "inference_cache_wait_seconds_bucket{le=\"0.0025\"} 0", "inference_cache_wait_seconds_bucket{le=\"0.005\"} 1",
            "inference_cache_evictions_total{reason=\"room\"} 1", "inference_cache_refusals_total{reason=\"size\"} 1",
        ];
        Assert.That(text.Split('\n'), Is.SupersetOf(expected));
    }
}
