using Inference.Adapters.Http.Metrics;
using Inference.Core.Lifecycle;
using Inference.Domain.Tensors;
using Microsoft.Extensions.Time.Testing;
using Prometheus;

namespace Inference.Adapters.Http.Tests.Metrics;

/// <summary>Metrics of one server, and the page that a scrape of them gets.</summary>
internal sealed class MetricsPage : IDisposable
{
    private readonly MetricsEndpoint _endpoint;

    public MetricsPage()
    {
        Metrics = new PrometheusInferenceMetrics(Lifecycle, Pool, Time);
        _endpoint = new MetricsEndpoint(Metrics);
    }

    public FakeTimeProvider Time { get; } = new();

    public ServerLifecycle Lifecycle { get; } = new();

    public TensorPool Pool { get; } = new(1 << 20);

    public PrometheusInferenceMetrics Metrics { get; }

    public async Task<string> ReadAsync(ExpositionFormat format = ExpositionFormat.PrometheusText)
    {
        using var page = await _endpoint.CollectAsync(format, CancellationToken.None);
        using var reader = new StreamReader(page);
        return await reader.ReadToEndAsync();
    }

    public void Dispose()
    {
        _endpoint.Dispose();
        Lifecycle.Dispose();
    }
}
