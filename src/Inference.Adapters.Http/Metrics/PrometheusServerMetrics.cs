using Inference.Core.Telemetry;
using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>Writes what is counted of the server as a whole to a Prometheus registry. Thread-safe.</summary>
internal sealed class PrometheusServerMetrics : IServerMetrics
{
    private readonly Gauge _connections;
    private readonly Counter _ended;
    private readonly Gauge _saturation;
    private readonly Gauge _threadWait;
    private readonly Gauge _processorWait;
    private readonly Gauge _crowded;
    private readonly TlsMetrics _tls;

    public PrometheusServerMetrics(CollectorRegistry registry)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        _connections = factory.CreateGauge("inference_connections_open", "gRPC connections that are open now.");
        _ended = factory.CreateCounter(
            "inference_connections_ended_total",
            "gRPC connections that the server ended or asked the client to end, by reason: age, grace (calls cut off after it), pings (too many of them), ping_flood (cut off), unended (the client had gone, its calls did not end).",
            ["reason"]);
        foreach (var reason in new[] { ConnectionEnds.Age, ConnectionEnds.Grace, ConnectionEnds.Pings, ConnectionEnds.PingFlood, ConnectionEnds.Unended })
            _ended.WithLabels(reason);
        _saturation = factory.CreateGauge(
            "inference_saturation_ratio",
            "Largest of the pipelines' saturation and the recent wait for a thread of the pool by the wait that is aimed at; above 1 there is too little of the server.");
        _threadWait = factory.CreateGauge("inference_thread_wait_seconds", "Time that work has recently waited for a thread of the pool.");
        _processorWait = factory.CreateGauge("inference_processor_wait_seconds", "Time that threads which woke have recently waited for a processor, where Server:PatientThreads is on.");
        _crowded = factory.CreateGauge("inference_processors_crowded", "1 where other programs keep all processors busy, so that threads take them at once as if Server:PatientThreads were off.");
        _tls = new TlsMetrics(factory);
    }

    public void ConnectionOpened() => _connections.Inc();

    public void ConnectionClosed() => _connections.Dec();

    public void ConnectionEnded(string reason) => _ended.WithLabels(reason).Inc();

    public void CertificateServed(DateTimeOffset expires) => _tls.Expiry.Set(expires.ToUnixTimeSeconds());

    public void CertificateReloaded(bool isGood) => _tls.Reloads.WithLabels(isGood ? TlsMetrics.Ok : TlsMetrics.Failed).Inc();

    public void CertificateReloadFailing(bool isFailing) => _tls.Failing.Set(isFailing ? 1 : 0);

    public void HandshakeFailed() => _tls.Handshakes.Inc();

    public void ProcessorsMeasured(double wait, bool isCrowded)
    {
        _processorWait.Set(wait);
        _crowded.Set(isCrowded ? 1 : 0);
    }

    public void SaturationMeasured(double ratio, double threadWait)
    {
        _saturation.Set(ratio);
        _threadWait.Set(threadWait);
    }
}
