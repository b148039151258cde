using Grpc.Core;
using Inference.Benchmarks.Load.Loops;
using Inference.Benchmarks.Load.Measure;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>closed: a number of requests from a fixed number of callers.</summary>
internal static class ClosedScenario
{
    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var settings = LoadSettings.From(arguments);
        var shape = RequestShape.From(arguments);
        var (connectionCount, calls) = LoadSettings.Concurrency(arguments, 8, 8);
        var count = arguments.Integer("--requests", 20_000, 1, 20_000_000);
        var limit = arguments.Seconds("--max-seconds", 120, 3600);
        arguments.RequireAllRead();

        using var connections = await settings.ConnectAsync(connectionCount);
        var requests = await LoadSettings.RequestsAsync(connections, shape);
        var loop = new ClosedLoop(connections, calls, requests, settings.CheckEvery);
        await loop.RunAsync(settings.Warmup);
        settings.Processes.Start();
        var tally = await loop.RunAsync(count, limit);

        var report = new Report("closed");
        report.Add("model", shape.Model);
        report.Add("rows", shape.Rows);
        report.Add("req_s", tally.Rate);
        report.Add("rows_s", tally.Rate * shape.Rows);
        LatencySamples.Summarise(tally.Good).AddTo(report);
        report.Add("statuses", tally.Statuses.ToString());
        settings.Processes.AddTo(report);
        tally.CheckAnswers(report, shape.Model);
        tally.Statuses.Check(report, shape.Model, StatusCode.OK);
        if (tally.Statuses.Total < count)
            report.Fail($"{tally.Statuses.Total} of {count} requests were sent in {limit.TotalSeconds} s; raise --max-seconds or lower --requests.");
        return report;
    }
}
