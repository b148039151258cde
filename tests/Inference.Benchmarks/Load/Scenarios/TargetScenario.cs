using Inference.Benchmarks.Load.Loops;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>target: the throughput at saturation, and the 99th percentile of the latency at a share of that load.</summary>
internal static class TargetScenario
{
    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var settings = LoadSettings.From(arguments);
        var shape = RequestShape.From(arguments, "wide");
        var saturation = Saturation.From(settings, arguments);
        var fraction = arguments.Number("--fraction", 0.7, 0.01, 1);
        var target = arguments.Number("--target-ms", 20, 0.001, 600_000);
        var options = OpenLoopOptions.From(arguments, deadlineMilliseconds: 5000);
        arguments.RequireAllRead();

        var report = new Report("target");
        report.Add("model", shape.Model);
        var requests = await saturation.RequestsAsync(shape);
        var saturated = await saturation.MeasureAsync(report, requests);
        report.Add("saturated_req_s", saturated);
        report.Add("saturated_rows_s", saturated * shape.Rows);
        report.Add("fraction", fraction);
        using var connections = await settings.ConnectAsync(options.Connections);
        await OpenLoop.RunAsync(connections, requests, settings.CheckEvery, saturated * fraction, options with { Duration = settings.Warmup });
        settings.Processes.Start();
        var tally = await OpenLoop.RunAsync(connections, requests, settings.CheckEvery, saturated * fraction, options);
        tally.AddTo(report, shape.Model);
        settings.Processes.AddTo(report);

        // Of all arrivals, so that a refusal does not make the rest look better.
        var within = tally.Calls.Good.Within(TimeSpan.FromMilliseconds(target)) / (double)tally.Arrived;
        report.Add("target_ms", target);
        report.Add("within_target", within);
        report.Add("target_met", within >= 0.99 ? "yes" : "no");
        return report;
    }
}
