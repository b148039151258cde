using Grpc.Core;
using Inference.Benchmarks.Load.Loops;
using Inference.Benchmarks.Load.Measure;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>flood: the latency of one caller of a quiet model, alone and while many callers flood another, in turns.</summary>
internal static class FloodScenario
{
    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var settings = LoadSettings.From(arguments);
        var quiet = RequestShape.From(arguments);
        var noisy = RequestShape.From(arguments, "slow", "-flood");
        var (connectionCount, calls) = LoadSettings.Concurrency(arguments, 4, 16, "-flood");
        var turn = arguments.Seconds("--seconds", 5);
        var rounds = arguments.Integer("--rounds", 3, 1, 100);
        arguments.RequireAllRead();

        using var quietConnections = await settings.ConnectAsync(1);
        using var floodConnections = await settings.ConnectAsync(connectionCount);
        var caller = new ClosedLoop(quietConnections, 1, await LoadSettings.RequestsAsync(quietConnections, quiet), settings.CheckEvery);
        var flood = new ClosedLoop(floodConnections, calls, await LoadSettings.RequestsAsync(floodConnections, noisy), settings.CheckEvery);
        await caller.RunAsync(settings.Warmup);
        settings.Processes.Start();
        List<Tally> alone = [], flooded = [], floods = [];
        for (var round = 0; round < rounds; round++)
        {
            alone.Add(await caller.RunAsync(turn));
            using var end = new CancellationTokenSource();
            var flooding = flood.RunAsync(settings.Warmup + turn * 2, end.Token);
            await caller.RunAsync(settings.Warmup);
            flooded.Add(await caller.RunAsync(turn));
            await end.CancelAsync();
            floods.Add(await flooding);
        }

        var report = new Report("flood");
        report.Add("model", quiet.Model);
        report.Add("flooded_model", noisy.Model);
        var before = Sum(report, "alone_", alone);
        var during = Sum(report, "flooded_", flooded);
        report.Add("p50_ratio", during.P50 / before.P50);
        report.Add("p99_ratio", during.P99 / before.P99);
        report.Add("flood_req_s", Median.Of([.. floods.Select(f => f.Rate)]));
        report.Add("flood_refused", floods.Sum(f => f.Statuses[StatusCode.ResourceExhausted]));
        settings.Processes.AddTo(report);
        foreach (var tally in alone.Concat(flooded))
            Check(report, tally, quiet, StatusCode.OK);
        foreach (var tally in floods)
            Check(report, tally, noisy, StatusCode.OK, StatusCode.ResourceExhausted);
        return report;
    }

    /// <summary>All latencies of all rounds together.</summary>
    private static LatencySummary Sum(Report report, string prefix, List<Tally> tallies)
    {
        var summary = LatencySamples.Summarise([.. tallies.Select(t => t.Good)]);
        summary.AddTo(report, prefix);
        report.Add($"{prefix}requests", summary.Count);
        return summary;
    }

    private static void Check(Report report, Tally tally, RequestShape shape, params ReadOnlySpan<StatusCode> expected)
    {
        tally.CheckAnswers(report, shape.Model);
        tally.Statuses.Check(report, shape.Model, expected);
    }
}
