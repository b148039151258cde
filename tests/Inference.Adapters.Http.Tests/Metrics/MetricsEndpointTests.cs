using System.Net;

namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class MetricsEndpointTests
{
    private const string PrometheusAccept =
        "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

    [TestCase("")]
    [TestCase("*/*")]
    [TestCase("text/plain")]
    [TestCase("text/plain;q=0.9,application/openmetrics-text;q=0.1")]
    [TestCase("application/openmetrics-text;q=0")]
    [TestCase("not a media type;;;q=x")]
    public async Task Metrics_OpenMetricsNotPreferred_AnswersText(string accept)
    {
        await using var server = await HttpServer.StartAsync();

        var (type, body) = await GetAsync(server, accept);

        Assert.Multiple(() =>
        {
            Assert.That(type, Is.EqualTo("text/plain; version=0.0.4; charset=utf-8"));
            Assert.That(body, Does.Contain("# TYPE inference_requests_in_flight gauge\n").And.Not.Contain("# EOF"));
        });
    }

    [TestCase("application/openmetrics-text")]
    [TestCase(PrometheusAccept)]
    public async Task Metrics_OpenMetricsAccepted_AnswersOpenMetrics(string accept)
    {
        await using var server = await HttpServer.StartAsync();

        var (type, body) = await GetAsync(server, accept);

        Assert.Multiple(() =>
        {
            Assert.That(type, Is.EqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8"));
            Assert.That(body, Does.EndWith("# EOF\n").And.Contain("inference_requests_in_flight 0.0\n"));
        });
    }

    [Test]
    public async Task Metrics_ManyScrapesAtOnce_AllAnswer()
    {
        await using var server = await HttpServer.StartAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => GetAsync(server, string.Empty)));

        Assert.That(answers.Select(a => a.Body), Has.All.Contain("inference_server_phase{phase=\"Starting\"} 1\n"));
    }

    private static async Task<(string? Type, string Body)> GetAsync(HttpServer server, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (accept.Length > 0)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        using var response = await server.Client.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return (response.Content.Headers.ContentType?.ToString(), await response.Content.ReadAsStringAsync());
    }
}
