using Inference.Core.Telemetry;

namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class QueueGaugesTests
{
    [Test]
    public async Task Queue_AtEachScrape_TellsWhatWaitsThen()
    {
        using var page = new MetricsPage();
        var depth = new QueueDepth(2, 30, 400, 5) { Running = 3 };
        using var watch = page.Metrics.ForPipeline("digits", "2", "cpu").WatchQueue(() => depth);

        var full = await page.ReadAsync();
        depth = default;
        var empty = await page.ReadAsync();

        Assert.Multiple(() =>
        {
            foreach (var (name, value) in new[] { ("queue_requests", 2), ("queue_rows", 30), ("queue_bytes", 400), ("queue_blocked", 5), ("runs_in_flight", 3) })
            {
                Assert.That(full, Does.Contain($"inference_{name}{{model=\"digits\",version=\"2\"}} {value}\n"));
                Assert.That(empty, Does.Contain($"inference_{name}{{model=\"digits\",version=\"2\"}} 0\n"), "what was told once stays");
            }
        });
    }

    [Test]
    public async Task Queue_NoLongerWatched_HasNoSeries()
    {
        using var page = new MetricsPage();
        var watch = page.Metrics.ForPipeline("digits", "2", "cpu").WatchQueue(() => new QueueDepth(1, 1, 1, 1));
        await page.ReadAsync();

        watch.Dispose();
        watch.Dispose();

        Assert.That(await page.ReadAsync(), Does.Not.Contain("inference_queue_rows{"));
    }

    [Test]
    public async Task Queue_ReloadedBeforeTheOldOneGoes_StaysTold()
    {
        using var page = new MetricsPage();
        var old = page.Metrics.ForPipeline("digits", "2", "cpu").WatchQueue(() => default);
        using var current = page.Metrics.ForPipeline("digits", "2", "cpu").WatchQueue(() => new QueueDepth(1, 7, 1, 0));
        await page.ReadAsync();

        old.Dispose();

        Assert.That(await page.ReadAsync(), Does.Contain("inference_queue_rows{model=\"digits\",version=\"2\"} 7\n"));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Queue_ComesAndGoesWhileScraped_LeavesNothingBehind(CancellationToken timeout)
    {
        using var page = new MetricsPage();
        var recorder = page.Metrics.ForPipeline("digits", "2", "cpu");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout);
        var changing = Task.Run(
            () =>
            {
                while (!stop.IsCancellationRequested)
                    recorder.WatchQueue(() => new QueueDepth(1, 1, 1, 0)).Dispose();
            },
            CancellationToken.None);

        for (var i = 0; i < 50; i++)
            await page.ReadAsync();
        await stop.CancelAsync();
        await changing;

        Assert.That(await page.ReadAsync(), Does.Not.Contain("inference_queue_rows{"));
    }
}
