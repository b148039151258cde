using System.Diagnostics;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Loops;
using Inference.Benchmarks.Load.Measure;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>
/// stream: requests on one or more ModelStreamInfer calls as fast as flow control lets them and, where asked, the same rows as
/// unary calls, in turns.
/// </summary>
internal sealed class StreamScenario(Arguments arguments)
{
    private readonly LoadSettings settings = LoadSettings.From(arguments);
    private readonly RequestShape shape = RequestShape.From(arguments);
    private readonly int count = arguments.Integer("--requests", 100_000, 1, RequestTemplate.MostId);
    private readonly int streams = arguments.Integer("--streams", 1, 1, 1000);
    private readonly int connectionCount = arguments.Integer("--connections", 1, 1, 100);
    private readonly int unary = arguments.Integer("--unary", 0, 0, Connections.MostCalls);
    private readonly int rounds = arguments.Integer("--rounds", 1, 1, 100);
    private readonly int flushEvery = arguments.Integer("--flush-every", 64, 1, int.MaxValue);
    private readonly TimeSpan limit = arguments.Seconds("--max-seconds", 120, 3600);
    private readonly Report report = new("stream");

    public static Task<Report> RunAsync(Arguments arguments) => new StreamScenario(arguments).RunAsync();

    private async Task<Report> RunAsync()
    {
        arguments.RequireAllRead();
        if (streams > connectionCount * Connections.MostCalls)
            throw new LoadException($"{streams} streams do not fit on {connectionCount} connections of {Connections.MostCalls}; raise --connections.");
        using var connections = await settings.ConnectAsync(connectionCount);
        var requests = await LoadSettings.RequestsAsync(connections, shape);
        var unaryLoop = unary > 0 ? new ClosedLoop(connections, unary, requests, settings.CheckEvery) : null;
        await StreamAsync(connections, requests, Math.Max(1, count / 5));
        if (unaryLoop is not null)
            await unaryLoop.RunAsync(settings.Warmup);
        settings.Processes.Start();
        List<double> streamed = [], called = [], first = [];
        for (var round = 0; round < rounds; round++)
        {
            var (rate, toFirst) = await StreamAsync(connections, requests, count);
            streamed.Add(rate);
            first.Add(toFirst.TotalMicroseconds);
            if (unaryLoop is not null)
                called.Add(await CallAsync(unaryLoop, count * streams));
        }

        report.Add("model", shape.Model);
        report.Add("streams", streams);
        report.Add("requests", (double)count * streams);
        report.Add("rows_s", Median.Of(streamed) * shape.Rows);
        report.Add("first_answer_us", Median.Of(first));
        if (unaryLoop is not null)
        {
            report.Add("unary_rows_s", Median.Of(called) * shape.Rows);
            report.Add("stream_to_unary", Median.Of(streamed) / Median.Of(called));
        }

        settings.Processes.AddTo(report);
        return report;
    }

    /// <summary>Requests a second, and the longest time to a first answer.</summary>
    private async Task<(double Rate, TimeSpan ToFirst)> StreamAsync(Connections connections, RequestSet requests, int each)
    {
        using var cancellation = new CancellationTokenSource(limit);
        var loops = Enumerable.Range(0, streams).Select(i => new StreamLoop(connections[i], requests, each, flushEvery, settings.CheckEvery)).ToList();
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(loops.Select(loop => Task.Run(() => loop.RunAsync(cancellation.Token))));
        var elapsed = Stopwatch.GetElapsedTime(start);
        foreach (var loop in loops)
            loop.Tally.CheckAnswers(report);
        return ((double)each * streams / elapsed.TotalSeconds, loops.Max(loop => loop.Tally.ToFirst));
    }

    private async Task<double> CallAsync(ClosedLoop loop, int calls)
    {
        var tally = await loop.RunAsync(calls, limit);
        tally.CheckAnswers(report, shape.Model);
        tally.Statuses.Check(report, shape.Model, Grpc.Core.StatusCode.OK);
        return tally.Rate;
    }
}
