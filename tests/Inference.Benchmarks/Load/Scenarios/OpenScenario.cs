using Inference.Benchmarks.Load.Loops;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>open: calls that arrive at a rate, each with a deadline.</summary>
internal static class OpenScenario
{
    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var settings = LoadSettings.From(arguments);
        var shape = RequestShape.From(arguments);
        var rate = arguments.Number("--rate", 100, 0.1, 1_000_000);
        var options = OpenLoopOptions.From(arguments, deadlineMilliseconds: 1000);
        arguments.RequireAllRead();

        using var connections = await settings.ConnectAsync(options.Connections);
        var requests = await LoadSettings.RequestsAsync(connections, shape);
        await OpenLoop.RunAsync(connections, requests, settings.CheckEvery, rate, options with { Duration = settings.Warmup });
        settings.Processes.Start();
        var tally = await OpenLoop.RunAsync(connections, requests, settings.CheckEvery, rate, options);

        var report = new Report("open");
        report.Add("model", shape.Model);
        report.Add("deadline_ms", options.Deadline.TotalMilliseconds);
        tally.AddTo(report, shape.Model);
        settings.Processes.AddTo(report);
        return report;
    }
}
