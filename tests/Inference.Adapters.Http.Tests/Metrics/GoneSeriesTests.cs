using Inference.Adapters.Http.Metrics;
using Inference.Core.Telemetry;
using Inference.Domain.Registry;

namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class GoneSeriesTests
{
    private static readonly StageSeconds Times = new(0.001, 0, 0.003, 0, 0.01);

    [TestCase(nameof(PipelineState.Dormant))]
    [TestCase(nameof(PipelineState.Unloaded))]
    public async Task Read_PipelineIsOutOfMemory_ShowsItsLastValuesForAWhileAndNothingAfterwards(string state)
    {
        using var page = new MetricsPage();
        Serve(page, "m").RequestCompleted("ok", Times, rows: 1);
        page.Metrics.PipelineStateChanged("m", "1", state);

        page.Time.Advance(2 * GoneSeries<string>.KeptFor);
        Assert.That(await page.ReadAsync(), Does.Contain("inference_requests_total{model=\"m\",version=\"1\",code=\"ok\"} 1\n").And.Contain($"state=\"{state}\"}} 1\n"), "on one page in any case");
        Assert.That(await page.ReadAsync(), Does.Not.Contain("model=\"m\""));
    }

    [Test]
    public async Task Read_PipelineCameBackInTime_GoesOnCounting()
    {
        using var page = new MetricsPage();
        Serve(page, "m").RequestCompleted("ok", Times, rows: 1);
        page.Metrics.PipelineStateChanged("m", "1", nameof(PipelineState.Dormant));
        await page.ReadAsync();
        await page.ReadAsync();
        Serve(page, "m").RequestCompleted("ok", Times, rows: 1);

        page.Time.Advance(2 * GoneSeries<string>.KeptFor);
        await page.ReadAsync();
        Assert.That(await page.ReadAsync(), Does.Contain("inference_requests_total{model=\"m\",version=\"1\",code=\"ok\"} 2\n").And.Contain("state=\"Ready\"} 1\n"));
    }

    [Test]
    public async Task Read_PipelineCameBackLate_CountsFromZero()
    {
        using var page = new MetricsPage();
        Serve(page, "m").RequestCompleted("ok", Times, rows: 1);
        page.Metrics.PipelineStateChanged("m", "1", nameof(PipelineState.Dormant));
        await page.ReadAsync();
        page.Time.Advance(GoneSeries<string>.KeptFor);
        await page.ReadAsync();
        Serve(page, "m").RequestCompleted("ok", Times, rows: 1);

        Assert.That(await page.ReadAsync(), Does.Contain("inference_requests_total{model=\"m\",version=\"1\",code=\"ok\"} 1\n").And.Contain("inference_pipeline_device_info{model=\"m\",version=\"1\",device=\"cpu\"} 1\n"));
    }

    [Test]
    public async Task Read_ThousandsCameAndWent_HasSeriesOfThoseInMemoryAndTheLastThatWent()
    {
        const int models = 3000;
        const int inMemory = 300;
        using var page = new MetricsPage();
        for (var i = 0; i < models; i++)
        {
            page.Time.Advance(TimeSpan.FromMilliseconds(1));
            Serve(page, $"m{i}").RequestCompleted("ok", Times, rows: 1);
            if (i >= inMemory)
                page.Metrics.PipelineStateChanged($"m{i - inMemory}", "1", nameof(PipelineState.Dormant));
        }

        await page.ReadAsync();
        var left = (await page.ReadAsync()).Split('\n').Where(l => l.StartsWith("inference_requests_total{model=\"m", StringComparison.Ordinal)).ToList();

        Assert.That(left, Has.Count.EqualTo(inMemory + GoneSeries<string>.MostKept));
        Assert.That(left, Has.Some.Contains($"\"m{models - 1}\"").And.Some.Contains($"\"m{models - inMemory - 1}\"").And.None.Contains("\"m0\""));
    }

    private static IPipelineMetrics Serve(MetricsPage page, string model)
    {
        page.Metrics.PipelineStateChanged(model, "1", nameof(PipelineState.Loading));
        var recorder = page.Metrics.ForPipeline(model, "1", "cpu");
        page.Metrics.PipelineLoaded(model, "1", TimeSpan.FromMilliseconds(1), succeeded: true);
        page.Metrics.PipelineStateChanged(model, "1", nameof(PipelineState.Ready));
        return recorder;
    }
}
