using Inference.Adapters.Http.Metrics;
using Inference.Core.Telemetry;

namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class PrometheusStoreMetricsTests
{
    [Test]
    public async Task Page_BeforeAnythingHappened_HasAllSeries()
    {
        using var page = new MetricsPage();
        _ = new PrometheusStoreMetrics(page.Metrics.Registry);

        string[] expected =
        [
            "inference_store_requests_total{operation=\"list\",result=\"failed\"} 0", "inference_store_requests_total{operation=\"head\",result=\"ok\"} 0",
            "inference_store_retries_total{reason=\"away\"} 0", "inference_store_retries_total{reason=\"corrupt\"} 0", "inference_store_retries_total{reason=\"unproven\"} 0",
            "inference_store_downloads_total{result=\"failed\"} 0",
        ];
        Assert.That((await page.ReadAsync()).Split('\n'), Is.SupersetOf(expected));
    }

    [Test]
    public async Task Page_WhatHappened_IsTold()
    {
        using var page = new MetricsPage();
        var store = new PrometheusStoreMetrics(page.Metrics.Registry);

        store.Asked(StoreOperations.List, succeeded: false);
        store.Asked(StoreOperations.Get, succeeded: true);
        store.Retried(StoreRetries.Corrupt);
        store.Received(1000);
        store.Received(500);
        foreach (var succeeded in new bool?[] { true, false, null })
        {
            store.DownloadBegan();
            store.DownloadEnded(succeeded, TimeSpan.FromSeconds(3));
        }

        store.DownloadBegan();
        store.Removed();
        store.NoRoom();
        store.Holds(1500, 2000);

        string[] expected =
        [
            "inference_store_requests_total{operation=\"list\",result=\"failed\"} 1", "inference_store_requests_total{operation=\"get\",result=\"ok\"} 1",
            "inference_store_retries_total{reason=\"corrupt\"} 1", "inference_store_downloaded_bytes_total 1500", "inference_store_downloads_in_flight 1",
            "inference_store_downloads_total{result=\"ok\"} 1", "inference_store_downloads_total{result=\"failed\"} 1",
            "inference_store_download_duration_seconds_sum 3", "inference_store_download_duration_seconds_bucket{le=\"2.5\"} 0", "inference_store_download_duration_seconds_bucket{le=\"5\"} 1",
            "inference_store_cache_evictions_total 1", "inference_store_cache_refusals_total 1", "inference_store_cache_bytes 1500", "inference_store_cache_limit_bytes 2000",
        ];
        Assert.That((await page.ReadAsync()).Split('\n'), Is.SupersetOf(expected));
    }
}
