using Inference.Core.Lifecycle;
using Inference.Domain.Registry;

namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class StateSetTests
{
    private static readonly string[] States = Enum.GetNames<PipelineState>();

    [Test]
    public async Task PipelineStateChanged_ThroughItsLife_HasOneStateAtEachScrape()
    {
        using var page = new MetricsPage();

        foreach (var state in States)
        {
            page.Metrics.PipelineStateChanged("digits", "2", state);
            var values = StateValues(await page.ReadAsync());

            Assert.Multiple(() =>
            {
                Assert.That(values.Keys, Is.EquivalentTo(States));
                Assert.That(values.Where(v => v.Value == "1").Select(v => v.Key), Is.EqualTo(new[] { state }));
            });
        }
    }

    [Test]
    public async Task PipelineRemoved_Pipeline_LeavesNoSeriesUntilItComesBack()
    {
        using var page = new MetricsPage();
        page.Metrics.ForPipeline("digits", "2", "cpu").RunCompleted(1, 1, succeeded: true);
        page.Metrics.PipelineLoaded("digits", "2", TimeSpan.FromSeconds(1), succeeded: true);
        page.Metrics.PipelineStateChanged("digits", "2", States[0]);
        page.Metrics.PipelineStateChanged("digits", "3", States[0]);
        var before = await page.ReadAsync();

        page.Metrics.PipelineRemoved("digits", "2");
        var after = await page.ReadAsync();
        page.Metrics.PipelineStateChanged("digits", "2", States[0]);
        var again = await page.ReadAsync();

        Assert.Multiple(() =>
        {
            Assert.That(before, Does.Contain("version=\"2\""));
            Assert.That(after, Does.Not.Contain("version=\"2\"").And.Contain("version=\"3\""));
            Assert.That(again, Does.Contain($"inference_pipeline_state{{model=\"digits\",version=\"2\",state=\"{States[0]}\"}} 1\n"));
        });
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task PipelineStateChanged_WhileScraped_HasOneStateAtEachScrape(CancellationToken timeout)
    {
        using var page = new MetricsPage();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout);
        page.Metrics.PipelineStateChanged("digits", "2", States[0]);
        var changing = Task.Run(
            () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                    page.Metrics.PipelineStateChanged("digits", "2", States[i % States.Length]);
            },
            CancellationToken.None);

        var scrapes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => page.ReadAsync()));
        await stop.CancelAsync();
        await changing;

        Assert.That(scrapes.Select(s => StateValues(s).Values.Count(v => v == "1")), Has.All.EqualTo(1));
    }

    [Test]
    public async Task ServerPhase_AfterAdvance_IsTheOnlyOneThatIsSet()
    {
        using var page = new MetricsPage();

        var before = await page.ReadAsync();
        page.Lifecycle.Advance(ServerPhase.Running);
        var after = await page.ReadAsync();

        Assert.Multiple(() =>
        {
            Assert.That(before, Does.Contain("inference_server_phase{phase=\"Starting\"} 1\n"));
            Assert.That(before, Does.Contain("inference_server_phase{phase=\"Running\"} 0\n"));
            Assert.That(after, Does.Contain("inference_server_phase{phase=\"Starting\"} 0\n"));
            Assert.That(after, Does.Contain("inference_server_phase{phase=\"Running\"} 1\n"));
        });
    }

    private static Dictionary<string, string> StateValues(string page) => page
        .Split('\n')
        .Where(l => l.StartsWith("inference_pipeline_state{", StringComparison.Ordinal))
        .ToDictionary(l => l.Split("state=\"")[1].Split('"')[0], l => l.Split(' ')[^1]);
}
