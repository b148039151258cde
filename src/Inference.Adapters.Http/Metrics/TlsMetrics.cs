using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>The metrics of TLS; also there where it is off, so that one alert fits all servers.</summary>
internal sealed class TlsMetrics
{
    public const string Ok = "ok";
    public const string Failed = "failed";

    public TlsMetrics(IMetricFactory factory)
    {
        Expiry = factory.CreateGauge("inference_tls_certificate_expiry_timestamp_seconds", "When the certificate expires that new connections get; +Inf without TLS.");
        Expiry.Set(double.PositiveInfinity);
        Reloads = factory.CreateCounter("inference_tls_reloads_total", "Changes of the certificate's files, by whether they could be used: ok, or failed, where what was before stays.", ["result"]);
        foreach (var result in new[] { Ok, Failed })
            Reloads.WithLabels(result);
        Failing = factory.CreateGauge("inference_tls_reload_failing", "1 while the certificate's files cannot be used and what was before is served.");
        Handshakes = factory.CreateCounter("inference_tls_handshakes_failed_total", "Connections that ended before their TLS handshake was done.");
    }

    public Gauge Expiry { get; }

    public Counter Reloads { get; }

    public Gauge Failing { get; }

    public Counter Handshakes { get; }
}
