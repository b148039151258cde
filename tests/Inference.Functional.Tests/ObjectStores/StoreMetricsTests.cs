using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Observability;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.ObjectStores;

/// <summary>What the metrics page says of a store on a bad day.</summary>
internal sealed class StoreMetricsTests : StoreFixture
{
    private const int Size = 3_000_000;
    private const string Artefact = "model.onnx";
    private static readonly string[] Thrown = ["{reason=\"away\"}", "{reason=\"corrupt\"}"];

    [Test]
    public async Task Page_DownloadsBrokenOffCorruptAndRefused_TellsWhatHappened()
    {
        await PutScaleAsync("good/1", 2, Size);
        await PutScaleAsync("corrupt/1", 3, Size);
        var (cuts, flips) = (1, 1);
        Proxy.Fault = r => r switch
        {
            _ when r.Gets("good/1/" + Artefact) && Interlocked.Decrement(ref cuts) >= 0 => new StoreFault { CutAfter = 1_000_000 },
            _ when r.Gets("corrupt/1/" + Artefact) && Interlocked.Decrement(ref flips) >= 0 => new StoreFault { FlipAt = 100_000 },
            _ => null,
        };
        await using var server = await StartAsync();
        var sizes = new[] { 2f, 3f }.Sum(f => (long)Scale(f, Size).Length);
        var retries = await Scrape.SeriesAsync(server, "inference_store_retries_total");
        var first = await Scrape.SeriesAsync(server, "inference_store_");

        Assert.That(Thrown.Select(t => retries["inference_store_retries_total" + t]), Is.EqualTo(new[] { 1.0, 1.0 }));
        Assert.That(first["inference_store_downloaded_bytes_total"], Is.GreaterThan(sizes + Size - 1).And.LessThan(sizes + (2 * Size)), "what was cut off counts once, what was corrupt twice");
        Assert.That(first["inference_store_downloads_total{result=\"ok\"}"], Is.EqualTo(2));
        Assert.That(first["inference_store_download_duration_seconds_count"], Is.EqualTo(2));
        Assert.That(first["inference_store_download_duration_seconds_sum"], Is.GreaterThan(0.2), "with the waits before the retries");
        Assert.That(first["inference_store_requests_total{operation=\"get\",result=\"ok\"}"], Is.EqualTo(4));
        Assert.That(first["inference_store_requests_total{operation=\"list\",result=\"ok\"}"], Is.Positive);
        Assert.That(first["inference_store_cache_bytes"], Is.EqualTo(sizes));
        Assert.That(first["inference_store_cache_limit_bytes"], Is.EqualTo(10L << 30));

        // Content is refused, then everything is.
        Proxy.Fault = r => r.Gets(Artefact) ? new StoreFault { Answer = (403, "AccessDenied") } : null;
        await PutScaleAsync("refused/1", 4);
        await UntilSeriesAsync(server, "inference_store_downloads_total{result=\"failed\"}");
        Proxy.IsAway = true;
        await UntilSeriesAsync(server, "inference_store_requests_total{operation=\"list\",result=\"failed\"}");
        await UntilSeriesAsync(server, "inference_repository_looks_total{result=\"failed\"}");

        Assert.That((await Scrape.SeriesAsync(server, "inference_store_"))["inference_store_downloads_in_flight"], Is.Zero);
        Assert.That(server.Log.Errors.Select(e => e.Text), Has.Some.Contains("access is denied").And.Some.Contains("The repository cannot be read"));
    }

    [Test]
    public async Task Page_ObjectsThatHadToGoForOthers_AreCounted()
    {
        foreach (var number in Enumerable.Range(1, 4))
            await PutScaleAsync($"m{number}/1", number, 1_000_000);
        await using var server = await StartAsync(("Repository:S3:CacheBytes", "2500000"), ("Repository:LoadThreads", "1"));
        var page = await Scrape.SeriesAsync(server, "inference_store_cache_");

        Assert.That(page["inference_store_cache_evictions_total"], Is.EqualTo(2));
        Assert.That(page["inference_store_cache_bytes"], Is.GreaterThan(2_000_000).And.LessThanOrEqualTo(page["inference_store_cache_limit_bytes"]));
    }

    [Test]
    public async Task Page_DashboardAndAlertsOfStores_AskForWhatIsThere()
    {
        await PutScaleAsync("m/1", 2);
        await using var server = await StartAsync();
        var page = await server.Http.GetStringAsync(new Uri(server.MetricsAddress, "/metrics"));
        var series = await Scrape.SeriesAsync(server, "inference_store_");
        var alerts = (await File.ReadAllLinesAsync(Path.Combine(RepositoryPaths.Root, "deploy", "prometheus", "rules.yaml")))
            .Select(l => l.Trim()).Where(l => l.StartsWith("expr:", StringComparison.Ordinal)).Select(l => l["expr:".Length..]);
        var queries = DashboardQuery.All().Select(q => q.Expression).Concat(alerts).Where(PromExpression.IsOfStore).ToList();

        Assert.That(queries, Has.Count.GreaterThan(5));
        foreach (var query in queries)
        {
            Assert.That(PromExpression.Metrics(query), Is.SubsetOf(PromExpression.Declared(page)), query);
            Assert.That(series.Keys.Any(s => PromExpression.Metrics(query).Contains(s.Split('{')[0])), query);
        }

        foreach (var query in DashboardQuery.All().Where(q => PromExpression.IsOfStore(q.Expression) && q.LegendLabels.Count > 0 && !q.LegendLabels.Contains("instance")))
        {
            var metric = PromExpression.Metrics(query.Expression).Single();
            Assert.That(series.Keys.Where(s => s.StartsWith(metric, StringComparison.Ordinal)), Is.Not.Empty.And.All.Matches<string>(s => query.LegendLabels.All(l => s!.Contains(l + "=", StringComparison.Ordinal))), query.Expression);
        }
    }

    private static Task UntilSeriesAsync(RunningServer server, string series) =>
        Scrape.UntilAsync(async () => (await Scrape.SeriesAsync(server, series)).GetValueOrDefault(series) > 0, $"{series} counts");
}
