using System.Globalization;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.Scheduling;

/// <summary>What a server says of itself on its metrics page.</summary>
internal static class Scrape
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>All series of the page whose names begin with a prefix, with their labels.</summary>
    public static Task<Dictionary<string, double>> SeriesAsync(RunningServer server, string prefix) => SeriesAsync(server.Http, server.MetricsAddress, prefix);

    /// <summary>The same of any server.</summary>
    public static async Task<Dictionary<string, double>> SeriesAsync(HttpClient http, Uri address, string prefix)
    {
        var page = await http.GetStringAsync(new Uri(address, "/metrics"));
        return page.Split('\n').Where(line => line.StartsWith(prefix, StringComparison.Ordinal))
            .Select(line => (Line: line, Space: line.LastIndexOf(' ')))
            .ToDictionary(l => l.Line[..l.Space], l => double.Parse(l.Line.AsSpan(l.Space + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>The value of one series of version 1 of a model; 0 where it is not there.</summary>
    public static async Task<double> ValueAsync(RunningServer server, string metric, string model) =>
        (await SeriesAsync(server, metric)).GetValueOrDefault($"{metric}{{model=\"{model}\",version=\"1\"}}");

    /// <summary>Waits until so many requests wait in the queue of a model.</summary>
    public static Task QueuedAsync(RunningServer server, string model, int requests) =>
        UntilAsync(async () => await ValueAsync(server, "inference_queue_requests", model) == requests, $"{requests} requests in the queue of {model}");

    /// <summary>Waits until so many runs of a model are under way on the device's threads.</summary>
    public static Task RunningAsync(RunningServer server, string model, int runs) =>
        UntilAsync(async () => await ValueAsync(server, "inference_runs_in_flight", model) == runs, $"{runs} runs of {model}");

    /// <summary>Waits until something holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var retry = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        using var limit = new CancellationTokenSource(Limit);
        while (!await condition())
        {
            try
            {
                await retry.WaitForNextTickAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"{what}: not within {Limit}.");
            }
        }
    }
}
