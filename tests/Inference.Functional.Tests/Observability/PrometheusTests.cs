using System.Text.Json;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Observability;

/// <summary>The rules and the dashboard of the folder deploy on a real Prometheus that scrapes a server with load.</summary>
internal sealed class PrometheusTests : OneWorkerFixture
{
    private PrometheusServer _prometheus = null!;
    private HashSet<string> _declared = null!;

    public PrometheusTests() => Models
        .Copy(RepositoryPaths.TestModels, "dense")
        .Write("dense/1/pipeline.yaml", "queue: { max_rows: 10 }");

    // What asks for the metrics of an object store has a test beside the stores.
    private static IEnumerable<DashboardQuery> Queries => DashboardQuery.All().Where(q => !PromExpression.IsOfStore(q.Expression));

    [OneTimeSetUp]
    public async Task ScrapeUnderLoad()
    {
        if (await PrometheusServer.TryStartAsync(Server.MetricsAddress) is not { } prometheus)
        {
            Assert.Ignore("prometheus is not installed (Debian package prometheus).");
            return;
        }

        _prometheus = prometheus;

        // Rates need two looks at a series, with load between them.
        await LoadAsync();
        await SeenTwiceAsync();
        await LoadAsync();
        await SeenTwiceAsync();
        _declared = PromExpression.Declared(await Server.Http.GetStringAsync(new Uri(Server.MetricsAddress, "/metrics")));
    }

    [OneTimeTearDown]
    public async Task StopPrometheus()
    {
        if (_prometheus is not null)
            await _prometheus.DisposeAsync();
    }

    [Test]
    public async Task Rules_OnALoadedServer_AllAreEvaluatedAndHaveValues()
    {
        List<JsonElement> rules = [];
        await Scrape.UntilAsync(
            async () =>
            {
                rules = [.. (await _prometheus.GetAsync("/api/v1/rules")).GetProperty("groups").EnumerateArray().SelectMany(g => g.GetProperty("rules").EnumerateArray())];
                return rules.All(r => r.GetProperty("health").GetString() != "unknown");
            },
            "every rule was evaluated");
        var recorded = rules.Where(r => r.GetProperty("type").GetString() == "recording").Select(r => r.GetProperty("name").GetString()!).ToList();
        var written = await File.ReadAllLinesAsync(Path.Combine(RepositoryPaths.Root, "deploy", "prometheus", "rules.yaml"));
        Assert.That(rules, Has.Count.EqualTo(written.Count(line => line.TrimStart().StartsWith("- alert:", StringComparison.Ordinal) || line.TrimStart().StartsWith("- record:", StringComparison.Ordinal))));
        Assert.That(recorded, Has.Count.EqualTo(7));

        foreach (var rule in rules)
        {
            var (name, query) = (rule.GetProperty("name").GetString()!, rule.GetProperty("query").GetString()!);
            Assert.That(rule.GetProperty("health").GetString(), Is.EqualTo("ok"), name);
            if (PromExpression.IsOfStore(query))
                continue;
            Assert.That(PromExpression.Metrics(query), Is.Not.Empty.And.SubsetOf(_declared.Concat(recorded).Append("up")), name);
            Assert.That(await _prometheus.QueryAsync(PromExpression.WithoutBound(query)), Is.Not.Empty, $"{name}: no series is as the expression says");
        }
    }

    [TestCase("inference:requests:rate1m{model=\"dense\"}")]
    [TestCase("inference:refusals:ratio1m")]
    [TestCase("inference:batch_rows:mean5m{model=\"dense\"}")]
    [TestCase("inference:latency_seconds:p99_5m{model=\"dense\"}")]
    public async Task RecordedSeries_AfterRequestsAndRefusals_IsAboveZero(string series) =>
        await Scrape.UntilAsync(async () => (await _prometheus.QueryAsync(series)).Any(s => s.Value > 0), $"{series} is above zero");

    [TestCaseSource(nameof(Queries))]
    public async Task DashboardQuery_OnALoadedServer_HasValuesWithTheLabelsOfItsLegend(DashboardQuery query)
    {
        Assert.That(PromExpression.Metrics(query.Expression), Is.Not.Empty.And.SubsetOf(_declared));

        var samples = await _prometheus.QueryAsync(query.Expression);

        // There are no series of a GPU where there is none.
        if (!query.Expression.Contains("inference_gpu_", StringComparison.Ordinal))
            Assert.That(samples, Is.Not.Empty);
        foreach (var sample in samples)
            Assert.That(query.LegendLabels, Is.SubsetOf(sample.Labels.Keys));
    }

    [Test]
    public async Task DashboardVariable_Model_ListsTheModels()
    {
        var models = await _prometheus.GetAsync("/api/v1/label/model/values?match[]=inference_requests_total");

        Assert.That(models.EnumerateArray().Select(m => m.GetString()), Does.Contain("dense"));
    }

    private static ModelInferRequest Dense(int rows) => Requests.For("dense", "1").Floats("x", [rows, 32], Values(rows, rows * 32));

    // Answers, and a request too many for the queue; the blockade itself ends with cancelled requests.
    private async Task LoadAsync()
    {
        for (var i = 0; i < 20; i++)
            await InferAsync(Dense(2));
        List<Task<ModelInferResponse>> waiting;
        await using (await BlockAsync())
        {
            waiting = [InferAsync(Dense(7)), InferAsync(Dense(3))];
            await Scrape.QueuedAsync(Server, "dense", waiting.Count);
            await Assert.ThrowsAsync<RpcException>(() => InferAsync(Dense(1)));
        }

        await Task.WhenAll(waiting);
    }

    // Until Prometheus has what the server's page says now, and has looked once more.
    private async Task SeenTwiceAsync()
    {
        var refused = await Scrape.SeriesAsync(Server, "inference_refusals_total{model=\"dense\"");
        await Scrape.UntilAsync(
            async () => (await _prometheus.QueryAsync("sum(min_over_time(inference_refusals_total{model=\"dense\"}[600ms])) and sum(count_over_time(inference_refusals_total{model=\"dense\"}[600ms])) >= 2"))
                .Any(s => s.Value >= refused.Values.Sum()),
            "Prometheus has seen the load twice");
    }
}
