using Inference.Core.Telemetry;
using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>
/// Writes what is counted of an object store to a Prometheus registry. No series names a model or an object. Made where there is such a
/// store, so that others have no series of it. Thread-safe.
/// </summary>
internal sealed class PrometheusStoreMetrics : IStoreMetrics
{
    // A manifest takes milliseconds, weights of a large model minutes.
    private static readonly double[] Buckets = [10e-3, 50e-3, 100e-3, 500e-3, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800];
    private readonly Counter _requests;
    private readonly Counter _retries;
    private readonly Counter _bytes;
    private readonly Gauge _underWay;
    private readonly Counter _downloads;
    private readonly Histogram _duration;
    private readonly Gauge _held;
    private readonly Gauge _limit;
    private readonly Counter _removed;
    private readonly Counter _noRoom;

    public PrometheusStoreMetrics(CollectorRegistry registry)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        factory.ExemplarBehavior = ExemplarBehavior.NoExemplars();
        _requests = factory.CreateCounter(
            "inference_store_requests_total",
            "Requests to the object store, by operation (list: a page of a listing, get: content, head: what else is known of an object) and result: ok or failed.",
            ["operation", "result"]);
        _retries = factory.CreateCounter(
            "inference_store_retries_total",
            "Times that the object store was asked again, by reason: away (no answer, or broken off), corrupt (another content than the object's), unproven (no checksum to compare with).",
            ["reason"]);
        _bytes = factory.CreateCounter("inference_store_downloaded_bytes_total", "Bytes of objects that arrived, those that had to be thrown away included.");
        _underWay = factory.CreateGauge("inference_store_downloads_in_flight", "Objects that are being downloaded now.");
        _downloads = factory.CreateCounter("inference_store_downloads_total", "Downloads of objects that ended, by result: ok, or failed after all attempts.", ["result"]);
        _duration = factory.CreateHistogram(
            "inference_store_download_duration_seconds", "Time that downloads took which succeeded, with all attempts and the comparison of the whole.", new HistogramConfiguration { Buckets = Buckets });
        _held = factory.CreateGauge("inference_store_cache_bytes", "Bytes that the folder of downloaded objects has, with the whole of those that are being downloaded, as of the last look at it.");
        _limit = factory.CreateGauge("inference_store_cache_limit_bytes", "Bytes that the folder of downloaded objects may have (Repository:S3:CacheBytes).");
        _removed = factory.CreateCounter("inference_store_cache_evictions_total", "Downloaded objects that were removed to make room for others.");
        _noRoom = factory.CreateCounter("inference_store_cache_refusals_total", "Times that there was no room for objects, since what is in the folder was in use.");

        // From the start, so that the first is an increase and not a new series, which no rate sees.
        foreach (var result in new[] { true, false }.Select(Result))
        {
            foreach (var operation in new[] { StoreOperations.List, StoreOperations.Get, StoreOperations.Head })
                _requests.WithLabels(operation, result);
            _downloads.WithLabels(result);
        }

        foreach (var reason in new[] { StoreRetries.Away, StoreRetries.Corrupt, StoreRetries.Unproven })
            _retries.WithLabels(reason);
    }

    public void Asked(string operation, bool succeeded) => _requests.WithLabels(operation, Result(succeeded)).Inc();

    public void Retried(string reason) => _retries.WithLabels(reason).Inc();

    public void Received(long bytes) => _bytes.Inc(bytes);

    public void DownloadBegan() => _underWay.Inc();

    public void DownloadEnded(bool? succeeded, TimeSpan duration)
    {
        _underWay.Dec();
        if (succeeded is { } result)
            _downloads.WithLabels(Result(result)).Inc();
        if (succeeded == true)
            _duration.Observe(duration.TotalSeconds);
    }

    public void Removed() => _removed.Inc();

    public void NoRoom() => _noRoom.Inc();

    public void Holds(long bytes, long limit)
    {
        _held.Set(bytes);
        _limit.Set(limit);
    }

    private static string Result(bool succeeded) => succeeded ? "ok" : "failed";
}
