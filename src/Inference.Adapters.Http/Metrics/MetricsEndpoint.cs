using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>
/// Answers scrapes. One is collected at a time, into memory: so states never change within one, and a slow reader holds up
/// nobody.
/// </summary>
internal sealed class MetricsEndpoint(PrometheusInferenceMetrics metrics) : IDisposable
{
    private const string TextType = "text/plain; version=0.0.4; charset=utf-8";
    private const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private const string OpenMetricsMedia = "application/openmetrics-text";
    private const int FirstCapacity = 64 << 10;
    private readonly SemaphoreSlim _collecting = new(1, 1);
    private int _lastLength = FirstCapacity;

    public async Task HandleAsync(HttpContext http)
    {
        var format = Format(http.Request);
        using var page = await CollectAsync(format, http.RequestAborted).ConfigureAwait(false);
        http.Response.ContentType = format == ExpositionFormat.OpenMetricsText ? OpenMetricsType : TextType;
        http.Response.ContentLength = page.Length;
        http.Response.Headers.CacheControl = "no-store";
        await page.CopyToAsync(http.Response.Body, http.RequestAborted).ConfigureAwait(false);
    }

    public void Dispose() => _collecting.Dispose();

    internal async Task<MemoryStream> CollectAsync(ExpositionFormat format, CancellationToken cancellation)
    {
        await _collecting.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var page = new MemoryStream(_lastLength + (_lastLength / 8));
            await metrics.Registry.CollectAndExportAsTextAsync(page, format, cancellation).ConfigureAwait(false);
            _lastLength = (int)page.Length;
            page.Position = 0;
            return page;
        }
        finally
        {
            _collecting.Release();
        }
    }

    // OpenMetrics where the client names it and likes it at least as well as plain text.
    private static ExpositionFormat Format(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted))
            return ExpositionFormat.PrometheusText;
        var open = Quality(accepted, OpenMetricsMedia);
        return open > 0 && open >= Quality(accepted, "text/plain") ? ExpositionFormat.OpenMetricsText : ExpositionFormat.PrometheusText;
    }

    private static double Quality(IEnumerable<MediaTypeHeaderValue> accepted, string media) =>
        accepted.Where(a => a.MediaType.Equals(media, StringComparison.OrdinalIgnoreCase)).Select(a => a.Quality ?? 1).DefaultIfEmpty(0).Max();
}
