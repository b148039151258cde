using Grpc.Core;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Loops;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>share: two models flooded at once, and how much of the device each gets.</summary>
internal static class ShareScenario
{
    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var settings = LoadSettings.From(arguments);
        RequestShape[] shapes = [RequestShape.From(arguments, "wide", "-a"), RequestShape.From(arguments, "slow", "-b")];
        (int Connections, int Calls)[] callers =
            [LoadSettings.Concurrency(arguments, 4, 16, "-a"), LoadSettings.Concurrency(arguments, 4, 16, "-b")];
        var duration = arguments.Seconds("--seconds", 10);
        arguments.RequireAllRead();

        var connections = new List<Connections>();
        try
        {
            var loops = new List<ClosedLoop>();
            foreach (var (shape, (count, calls)) in shapes.Zip(callers))
            {
                connections.Add(await settings.ConnectAsync(count));
                loops.Add(new ClosedLoop(connections[^1], calls, await LoadSettings.RequestsAsync(connections[^1], shape), settings.CheckEvery));
            }

            await Task.WhenAll(loops.Select(loop => loop.RunAsync(settings.Warmup)));
            settings.Processes.Start();
            var before = await ReadAsync(connections, shapes);
            var tallies = await Task.WhenAll(loops.Select(loop => loop.RunAsync(duration)));
            var after = await ReadAsync(connections, shapes);
            return Sum(settings, shapes, tallies, [.. after.Zip(before, (late, early) => late.Since(early))]);
        }
        finally
        {
            connections.ForEach(c => c.Dispose());
        }
    }

    private static Task<DeviceTime[]> ReadAsync(List<Connections> connections, RequestShape[] shapes) =>
        Task.WhenAll(shapes.Select((shape, i) => DeviceTime.ReadAsync(connections[i][0], shape)));

    private static Report Sum(LoadSettings settings, RequestShape[] shapes, Tally[] tallies, DeviceTime[] times)
    {
        var report = new Report("share");
        for (var i = 0; i < shapes.Length; i++)
        {
            var (shape, tally, time, side) = (shapes[i], tallies[i], times[i], i == 0 ? "a" : "b");
            report.Add($"{side}_model", shape.Model);
            report.Add($"{side}_rows_s", tally.Rate * shape.Rows);
            report.Add($"{side}_rows_per_execution", time.Rows / time.Executions);
            report.Add($"{side}_compute_infer_s", time.RequestSeconds);
            report.Add($"{side}_device_s", time.BatchSeconds);
            report.Add($"{side}_device_share", time.BatchSeconds / times.Sum(t => t.BatchSeconds));
            report.Add($"{side}_refused", tally.Statuses[StatusCode.ResourceExhausted]);
            tally.CheckAnswers(report, shape.Model);
            tally.Statuses.Check(report, shape.Model, StatusCode.OK, StatusCode.ResourceExhausted);
        }

        report.Add("device_s_a_to_b", times[0].BatchSeconds / times[1].BatchSeconds);
        settings.Processes.AddTo(report);
        return report;
    }
}
