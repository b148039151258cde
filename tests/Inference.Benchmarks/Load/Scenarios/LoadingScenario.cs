using System.Diagnostics;
using Grpc.Core;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Loops;
using Inference.Benchmarks.Load.Measure;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>loading: the latency of callers of one model, alone and while another is loaded and unloaded again and again, in turns.</summary>
internal static class LoadingScenario
{
    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var settings = LoadSettings.From(arguments);
        var quiet = RequestShape.From(arguments);
        var (connectionCount, calls) = LoadSettings.Concurrency(arguments, 1, 1);
        var loaded = arguments.Text("--model-loaded", "residual");
        var turn = arguments.Seconds("--seconds", 5);
        var rounds = arguments.Integer("--rounds", 3, 1, 100);
        arguments.RequireAllRead();

        using var connections = await settings.ConnectAsync(connectionCount);
        using var control = await settings.ConnectAsync(1);
        var caller = new ClosedLoop(connections, calls, await LoadSettings.RequestsAsync(connections, quiet), settings.CheckEvery);
        await caller.RunAsync(settings.Warmup);
        settings.Processes.Start();
        List<Tally> alone = [], beside = [];
        List<double> loads = [];
        for (var round = 0; round < rounds; round++)
        {
            alone.Add(await caller.RunAsync(turn));
            using var end = new CancellationTokenSource();
            var loading = LoadAsync(control, loaded, loads, end.Token);
            beside.Add(await caller.RunAsync(turn));
            await end.CancelAsync();
            await loading;
        }

        var report = new Report("loading");
        report.Add("model", quiet.Model);
        report.Add("loaded_model", loaded);
        report.Add("loads", loads.Count);
        report.Add("load_ms", Median.Of([.. loads]));
        var before = Sum(report, "alone_", alone);
        var during = Sum(report, "loading_", beside);
        report.Add("p50_ratio", during.P50 / before.P50);
        report.Add("p99_ratio", during.P99 / before.P99);
        settings.Processes.AddTo(report);
        foreach (var tally in alone.Concat(beside))
        {
            tally.CheckAnswers(report, quiet.Model);
            tally.Statuses.Check(report, quiet.Model, StatusCode.OK);
        }

        return report;
    }

    private static LatencySummary Sum(Report report, string prefix, List<Tally> tallies)
    {
        var summary = LatencySamples.Summarise([.. tallies.Select(t => t.Good)]);
        summary.AddTo(report, prefix);
        report.Add($"{prefix}requests", summary.Count);
        return summary;
    }

    private static async Task LoadAsync(Connections connections, string model, List<double> loads, CancellationToken end)
    {
        var control = new ModelControl(connections[0], model);
        while (!end.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            await control.LoadAsync();
            loads.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await control.UnloadAsync();
        }
    }
}
