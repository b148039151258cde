using Google.Protobuf;
using Inference.Benchmarks.Load.Scenarios;

namespace Inference.Benchmarks.Load;

/// <summary>The command "load": one scenario against a server that runs.</summary>
internal static class LoadCommand
{
    private static readonly Dictionary<string, Func<Arguments, Task<Report>>> Scenarios = new()
    {
        ["closed"] = ClosedScenario.RunAsync,
        ["open"] = OpenScenario.RunAsync,
        ["stream"] = StreamScenario.RunAsync,
        ["flood"] = FloodScenario.RunAsync,
        ["share"] = ShareScenario.RunAsync,
        ["overload"] = OverloadScenario.RunAsync,
        ["target"] = TargetScenario.RunAsync,
        ["loading"] = LoadingScenario.RunAsync,
        ["cycles"] = CyclesScenario.RunAsync,
        ["burst"] = BurstScenario.RunAsync,
        ["zipf"] = ZipfScenario.RunAsync,
    };

    /// <summary>0 when the figures hold, 1 when answers or statuses are wrong, 2 when the load could not be taken.</summary>
    public static async Task<int> RunAsync(string[] words)
    {
        try
        {
            if (words is ["selftest", .. var rest])
                return await SelfTest.SelfTest.RunAsync(new Arguments(rest));
            var report = await MeasureAsync(words);
            report.Print();
            return report.Problems.Count == 0 ? 0 : 1;
        }
        catch (LoadException error)
        {
            await Console.Error.WriteLineAsync($"load: {error.Message}");
            return 2;
        }
        catch (InvalidProtocolBufferException error)
        {
            await Console.Error.WriteLineAsync($"load: An answer is no message of the protocol: {error.Message}");
            return 1;
        }
    }

    /// <summary>The figures of one scenario.</summary>
    /// <exception cref="LoadException">There is no such scenario, an option is wrong, or the server cannot take the load.</exception>
    public static Task<Report> MeasureAsync(string[] words) => words.Length > 0 && Scenarios.TryGetValue(words[0], out var scenario)
        ? scenario(new Arguments(words[1..]))
        : throw new LoadException($"Unknown scenario '{words.FirstOrDefault()}'; expected {string.Join(", ", Scenarios.Keys)} or selftest.");
}
