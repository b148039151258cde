using System.Diagnostics;
using Inference.Core.Telemetry;
using Inference.Domain.Registry;

namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class MetricNamesTests
{
    [Test]
    public async Task Names_OfEveryMetric_PassPromtool()
    {
        using var page = await FilledPageAsync();
        var text = await page.ReadAsync();

        var start = new ProcessStartInfo("promtool", "check metrics") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var promtool = Start(start);
        await promtool.StandardInput.WriteAsync(text);
        promtool.StandardInput.Close();
        var output = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();

        Assert.Multiple(() =>
        {
            Assert.That(output, Is.Empty);
            Assert.That(promtool.ExitCode, Is.Zero);
        });
    }

    [Test]
    public async Task HelpText_OfEveryMetric_IsThere()
    {
        using var page = await FilledPageAsync();

        var lines = (await page.ReadAsync()).Split('\n');

        var helps = lines.Where(l => l.StartsWith("# HELP ", StringComparison.Ordinal)).Select(l => l.Split(' ', 4)).ToDictionary(p => p[2], p => p[3]);
        var types = lines.Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')[2]);
        Assert.That(types.Where(t => !helps.TryGetValue(t, out var help) || help.Length < 10), Is.Empty);
    }

    private static async Task<MetricsPage> FilledPageAsync()
    {
        var page = new MetricsPage();
        var recorder = page.Metrics.ForPipeline("digits", "2", "cpu");
        recorder.RequestCompleted("ok", new StageSeconds(0.001, 0.001, 0.001, 0.001, 0.004), rows: 1);
        recorder.RunCompleted(4, 2, succeeded: true);
        recorder.Refused("queue_rows");
        recorder.Stopped("queued", "cancelled");
        recorder.Waited(0.001, 0.002);
        recorder.WatchQueue(() => new QueueDepth(1, 2, 3, 4));
        page.Metrics.RequestRefused(ServerRefusals.Concurrency);
        page.Metrics.StreamOpened();
        page.Metrics.FirstResponse(TimeSpan.FromMilliseconds(1));
        page.Metrics.RequestRejected(string.Empty, "model_not_found");
        page.Metrics.PipelineLoaded("digits", "2", TimeSpan.FromSeconds(1), succeeded: true);
        page.Metrics.PipelineStateChanged("digits", "2", nameof(PipelineState.Ready));
        page.Metrics.InFlightChanged(1);
        await page.ReadAsync();
        return page;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Ignore($"promtool cannot be started ({e.Message}); the Debian package prometheus has it.");
            throw;
        }
    }
}
