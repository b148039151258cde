using System.Diagnostics;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Measure;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>cycles: loads a model by call, runs it at several shapes and unloads it, again and again, and watches the server's memory.</summary>
internal static class CyclesScenario
{
    private static readonly (int Images, int Size)[] Shapes = [(1, 64), (4, 64), (1, 96), (8, 64), (3, 80), (16, 32)];

    public static async Task<Report> RunAsync(Arguments arguments)
    {
        var settings = LoadSettings.From(arguments);
        var (model, version) = (arguments.Text("--model", "residual"), arguments.Text("--version", "1"));
        var cycles = arguments.Integer("--cycles", 100, 1, 100_000);
        var settle = arguments.Seconds("--settle", 0.5);
        using var memory = ServerMemory.From(arguments);
        arguments.RequireAllRead();

        using var connections = await settings.ConnectAsync(1);
        var client = new GRPCInferenceService.GRPCInferenceServiceClient(connections[0]);
        var control = new ModelControl(connections[0], model);
        var report = new Report("cycles");
        var (before, start) = (memory.Now, Stopwatch.GetTimestamp());
        List<double> loaded = [], unloaded = [];
        var expected = new float[Shapes.Length][];
        for (var cycle = 0; cycle < cycles; cycle++)
        {
            await control.LoadAsync();
            for (var i = 0; i < Shapes.Length; i++)
                expected[i] = await AskAsync(client, ImageRequests.Create(model, version, Shapes[i].Images, Shapes[i].Size), expected[i], report);
            loaded.Add(memory.Now);
            await control.UnloadAsync();
            await Task.Delay(settle);
            unloaded.Add(memory.Now);
        }

        report.Add("model", model);
        report.Add("cycles", cycles);
        report.Add("elapsed_s", Stopwatch.GetElapsedTime(start).TotalSeconds);
        report.Add("before_mib", before);
        Add(report, "loaded", loaded);
        Add(report, "unloaded", unloaded);
        return report;
    }

    private static void Add(Report report, string when, List<double> memory)
    {
        report.Add($"{when}_first_mib", memory[0]);
        report.Add($"{when}_most_mib", memory.Max());
        report.Add($"{when}_last_mib", memory[^1]);
        report.Add($"{when}_last_to_first", memory[^1] / memory[0]);
    }

    // Whatever was loaded and unloaded meanwhile, the same model gives the same answers.
    private static async Task<float[]> AskAsync(GRPCInferenceService.GRPCInferenceServiceClient client, ModelInferRequest request, float[]? expected, Report report)
    {
        try
        {
            var answer = await client.ModelInferAsync(request, deadline: DateTime.UtcNow.AddMinutes(1));
            if (expected is not null && Numbers.Check(answer, expected) is { } problem)
                report.Fail($"An answer to {request.Inputs[0].Shape} is wrong: {problem}.");
            return expected ?? Numbers.Of(answer, out _).ToArray();
        }
        catch (RpcException error)
        {
            throw new LoadException($"The server answers {request.Inputs[0].Shape} with {error.Status}.");
        }
    }
}
