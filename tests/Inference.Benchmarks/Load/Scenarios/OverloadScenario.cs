using Inference.Benchmarks.Load.Loops;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>overload: how much of its capacity a server still delivers in time when several times as many calls arrive.</summary>
internal static class OverloadScenario
{
    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var settings = LoadSettings.From(arguments);
        var shape = RequestShape.From(arguments, "slow");
        var saturation = Saturation.From(settings, arguments);
        var factor = arguments.Number("--factor", 3, 0.01, 100);
        var options = OpenLoopOptions.From(arguments, deadlineMilliseconds: 500);
        arguments.RequireAllRead();

        var report = new Report("overload");
        report.Add("model", shape.Model);
        report.Add("factor", factor);
        report.Add("deadline_ms", options.Deadline.TotalMilliseconds);
        var requests = await saturation.RequestsAsync(shape);
        var before = await saturation.MeasureAsync(report, requests);
        OpenTally tally;
        using (var connections = await settings.ConnectAsync(options.Connections))
        {
            settings.Processes.Start();
            tally = await OpenLoop.RunAsync(connections, requests, settings.CheckEvery, before * factor, options);
        }

        tally.AddTo(report, shape.Model);
        settings.Processes.AddTo(report);

        // Measured again, because the speed of a machine drifts: the mean is the capacity during the overload.
        var after = await saturation.MeasureAsync(report, requests);
        report.Add("capacity_before_s", before);
        report.Add("capacity_after_s", after);
        report.Add("capacity_s", (before + after) / 2);
        report.Add("goodput_of_capacity", tally.Goodput / ((before + after) / 2));
        return report;
    }
}
