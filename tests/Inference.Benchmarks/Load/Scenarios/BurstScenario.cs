using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Measure;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>burst: small requests for a model, then large batches for a while, then nothing: when does the server's memory come back?</summary>
internal static class BurstScenario
{
    private static readonly int[] LooksAfter = [5, 10, 20, 30, 45, 60];
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var settings = LoadSettings.From(arguments);
        var (model, version) = (arguments.Text("--model", "residual"), arguments.Text("--version", "1"));
        var (images, size) = (arguments.Integer("--rows", 64, 1, 10_000), arguments.Integer("--size", 96, 32, 1024));
        var (_, calls) = LoadSettings.Concurrency(arguments, 1, 4);
        var duration = arguments.Seconds("--seconds", 10);
        var watch = arguments.Integer("--watch", 60, 0, 600);
        using var memory = ServerMemory.From(arguments);
        arguments.RequireAllRead();

        using var connections = await settings.ConnectAsync(1);
        await SendAsync(connections, 1, ImageRequests.Create(model, version, 1, size), settings.Warmup);
        var before = memory.Now;
        var sending = SendAsync(connections, calls, ImageRequests.Create(model, version, images, size), duration);
        var most = 0.0;
        while (!sending.IsCompleted)
        {
            most = Math.Max(most, memory.Now);
            await Task.WhenAny(sending, Task.Delay(LookEvery));
        }

        var report = new Report("burst");
        report.Add("model", model);
        report.Add("answers", await sending);
        report.Add("before_mib", before);
        report.Add("peak_mib", most);
        report.Add("after_0_s_mib", memory.Now);
        var end = Stopwatch.GetTimestamp();
        foreach (var seconds in LooksAfter.Where(s => s <= watch))
        {
            await Task.Delay(TimeSpan.FromSeconds(seconds) - Stopwatch.GetElapsedTime(end));
            report.Add(string.Create(CultureInfo.InvariantCulture, $"after_{seconds}_s_mib"), memory.Now);
        }

        return report;
    }

    private static async Task<int> SendAsync(Connections connections, int callers, ModelInferRequest request, TimeSpan duration)
    {
        var client = new GRPCInferenceService.GRPCInferenceServiceClient(connections[0]);
        var (start, answers) = (Stopwatch.GetTimestamp(), 0);
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                try
                {
                    await client.ModelInferAsync(request, deadline: DateTime.UtcNow.AddMinutes(1));
                    Interlocked.Increment(ref answers);
                }
                catch (RpcException error)
                {
                    throw new LoadException($"The server answers {request.Inputs[0].Shape} with {error.Status}.");
                }
            }
        }));
        return answers;
    }
}
