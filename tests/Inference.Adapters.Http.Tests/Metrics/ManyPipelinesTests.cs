using System.Diagnostics;
using Inference.Domain.Registry;

namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class ManyPipelinesTests
{
    // A repository of a thousand models, few of which are asked, must not cost a scrape of a hundred thousand series.
    [Test]
    public async Task Scrape_ThousandIdlePipelines_HasTwelveSeriesForEach()
    {
        const int pipelines = 1000;
        using var page = new MetricsPage();
        for (var i = 0; i < pipelines; i++)
        {
            page.Metrics.PipelineStateChanged($"m{i}", "1", nameof(PipelineState.Ready));
            page.Metrics.PipelineLoaded($"m{i}", "1", TimeSpan.FromMilliseconds(1), succeeded: true);
            page.Metrics.ForPipeline($"m{i}", "1", "cpu").WatchQueue(() => default);
        }

        await page.ReadAsync();
        var start = Stopwatch.GetTimestamp();
        var text = await page.ReadAsync();
        TestContext.Out.WriteLine($"{text.Length} characters in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");

        Assert.That(text.Split('\n').Count(l => l.Contains("model=\"m", StringComparison.Ordinal)), Is.EqualTo(12 * pipelines));
    }
}
