using Grpc.Core;
using Inference.Benchmarks.Load.Loops;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load.Scenarios;

/// <summary>What a server answers a second when many callers always have a request under way.</summary>
internal sealed class Saturation(LoadSettings settings, int connectionCount, int calls, TimeSpan duration)
{
    /// <summary>The options --connections, --calls and --saturation-seconds.</summary>
    public static Saturation From(LoadSettings settings, Arguments arguments)
    {
        var (connections, calls) = LoadSettings.Concurrency(arguments, 8, 32);
        return new Saturation(settings, connections, calls, arguments.Seconds("--saturation-seconds", 5));
    }

    /// <summary>Requests a second. A report fails if calls did.</summary>
    public async Task<double> MeasureAsync(Report report, RequestSet requests)
    {
        using var connections = await settings.ConnectAsync(connectionCount);
        var loop = new ClosedLoop(connections, calls, requests, settings.CheckEvery);
        await loop.RunAsync(settings.Warmup);
        var tally = await loop.RunAsync(duration);
        tally.CheckAnswers(report, requests.Shape.Model);
        tally.Statuses.Check(report, requests.Shape.Model, StatusCode.OK);
        return tally.Rate;
    }

    /// <summary>Requests whose answers were asked for one by one.</summary>
    public async Task<RequestSet> RequestsAsync(RequestShape shape)
    {
        using var connections = await settings.ConnectAsync(1);
        return await LoadSettings.RequestsAsync(connections, shape);
    }
}
