using Inference.Benchmarks.Load.Client;
using Inference.Benchmarks.Load.Measure;
using Inference.Benchmarks.Load.Requests;

namespace Inference.Benchmarks.Load;

/// <summary>What every scenario is told: the server, how long to warm it up, and how many answers to compare.</summary>
internal sealed record LoadSettings(string Server, TimeSpan Warmup, int CheckEvery, ProcessFigures Processes)
{
    /// <summary>The options --server, --warmup, --check-every and --server-pid.</summary>
    public static LoadSettings From(Arguments arguments) => new(
        arguments.Text("--server"), arguments.Seconds("--warmup", 5),
        arguments.Integer("--check-every", 97, 1, int.MaxValue), ProcessFigures.From(arguments));

    /// <summary>The options --connections and --calls, with an ending where a load has two of them.</summary>
    public static (int Connections, int Calls) Concurrency(Arguments arguments, int connections, int calls, string suffix = "") => (
        arguments.Integer($"--connections{suffix}", connections, 1, 1000), arguments.Integer($"--calls{suffix}", calls, 1, Connections.MostCalls));

    /// <summary>Opens connections to the server.</summary>
    public Task<Connections> ConnectAsync(int count) => Connections.OpenAsync(Server, count);

    /// <summary>Requests of a shape, with the answers that the server gives to each row alone.</summary>
    public static async Task<RequestSet> RequestsAsync(Connections connections, RequestShape shape) =>
        RequestSet.From(shape, await RowPool.AskAsync(connections[0], shape));
}
