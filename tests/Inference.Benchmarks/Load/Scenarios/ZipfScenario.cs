using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Measure;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>
/// zipf: many models of which a few are hot, their shares falling with their rank, and now and then a stray request for any other.
/// First every hot model is asked for once, so that those latencies are of cold loads. Every answer tells whether it is of the model
/// that was asked for.
/// </summary>
internal static class ZipfScenario
{
    /// <summary>Numbers of a row.</summary>
    public const int Side = 128;

    private const int MostSamples = 4 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Name of a model by its number.</summary>
    public static string Name(int model) => string.Create(CultureInfo.InvariantCulture, $"many-{model:D5}");

    /// <summary>What a model multiplies by.</summary>
    public static float Factor(int model) => 1 + (model * 0.25f);

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var settings = LoadSettings.From(arguments);
        var models = arguments.Integer("--models", 2000, 2, 100_000);
        var hot = arguments.Integer("--hot", 200, 1, models - 1);
        var exponent = arguments.Number("--exponent", 1, 0, 5);
        var stray = arguments.Number("--stray", 0.01, 0, 1);
        var (side, calls) = (arguments.Integer("--side", Side, 1, 4096), arguments.Integer("--calls", 4, 1, 1000));
        var seconds = arguments.Seconds("--seconds", 20);
        var metrics = new Uri(arguments.Text("--metrics"));
        arguments.RequireAllRead();

        using var connections = await settings.ConnectAsync(calls);
        using var http = new HttpClient();
        var report = new Report("zipf");
        var run = new Run(report, side, new LatencySamples(MostSamples), new LatencySamples(MostSamples));
        var first = new LatencySamples(hot);
        var client = new GRPCInferenceService.GRPCInferenceServiceClient(connections[0]);
        for (var model = 0; model < hot; model++)
            await run.AskAsync(client, model, first);

        var (before, shares, start) = (await MissesAsync(http, metrics), Shares(hot, exponent), Stopwatch.GetTimestamp());
        settings.Processes.Start();
        await Task.WhenAll(Enumerable.Range(0, calls).Select(caller => Task.Run(async () =>
        {
            var own = new GRPCInferenceService.GRPCInferenceServiceClient(connections[caller]);
            var random = new Random(caller);
            while (Stopwatch.GetElapsedTime(start) < seconds)
            {
                if (random.NextDouble() < stray)
                    await run.AskAsync(own, random.Next(hot, models), run.Stray);
                else
                    await run.AskAsync(own, Pick(shares, random.NextDouble()), run.Hot);
            }
        })));
        var misses = await MissesAsync(http, metrics) - before;
        settings.Processes.AddTo(report);

        var requests = run.Hot.Count + run.Stray.Count;
        report.Add("models", models);
        report.Add("hot", hot);
        report.Add("requests", requests);
        report.Add("requests_s", requests / Stopwatch.GetElapsedTime(start).TotalSeconds);
        report.Add("stray_requests", run.Stray.Count);
        report.Add("misses", misses);
        report.Add("hit_ratio", 1 - (misses / Math.Max(requests, 1)));
        LatencySamples.Summarise(first).AddTo(report, "first_");
        LatencySamples.Summarise(run.Hot).AddTo(report, "hot_");
        LatencySamples.Summarise(run.Stray).AddTo(report, "stray_");
        return report;
    }

    // The share of the requests that goes to a model or a hotter one.
    private static double[] Shares(int hot, double exponent)
    {
        var weights = Enumerable.Range(1, hot).Select(rank => Math.Pow(rank, -exponent)).ToArray();
        var (total, sum) = (weights.Sum(), 0.0);
        return [.. weights.Select(w => (sum += w) / total)];
    }

    private static int Pick(double[] shares, double at)
    {
        var found = Array.BinarySearch(shares, at);
        return Math.Min(found < 0 ? ~found : found, shares.Length - 1);
    }

    private static async Task<double> MissesAsync(HttpClient http, Uri metrics)
    {
        const string name = "inference_cache_misses_total ";
        var page = await http.GetStringAsync(metrics);
        var line = page.Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) ?? throw new LoadException($"{metrics} has no metric {name.Trim()}.");
        return double.Parse(line[name.Length..], CultureInfo.InvariantCulture);
    }

    private sealed class Run(Report report, int side, LatencySamples hot, LatencySamples stray)
    {
        private readonly ByteString _ones = ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(Enumerable.Repeat(1f, side).ToArray()));

        public LatencySamples Hot => hot;

        public LatencySamples Stray => stray;

        public async Task AskAsync(GRPCInferenceService.GRPCInferenceServiceClient client, int model, LatencySamples samples)
        {
            var request = new ModelInferRequest { ModelName = Name(model), ModelVersion = "1", RawInputContents = { _ones } };
            request.Inputs.Add(new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, side } });
            var start = Stopwatch.GetTimestamp();
            try
            {
                var answer = await client.ModelInferAsync(request, deadline: DateTime.UtcNow + Limit);
                samples.Add(Stopwatch.GetElapsedTime(start));
                var expected = new float[side];
                Array.Fill(expected, Factor(model));
                if (Numbers.Check(answer, expected) is { } problem)
                    Fail($"An answer of {Name(model)} is wrong: {problem}.");
            }
            catch (RpcException error)
            {
                Fail($"A request to {Name(model)} ended with {error.Status}.");
            }
        }

        private void Fail(string problem)
        {
            lock (report)
                report.Fail(problem);
        }
    }
}
