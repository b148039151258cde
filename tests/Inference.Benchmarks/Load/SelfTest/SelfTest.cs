using System.Diagnostics;

namespace Inference.Benchmarks.Load.SelfTest;

/// <summary>Checks the load generator itself, in seconds and without any other process; its times mean nothing.</summary>
internal static class SelfTest
{
    /// <summary>0 when every check held.</summary>
    public static async Task<int> RunAsync(Arguments arguments)
    {
        arguments.RequireAllRead();
        var start = Stopwatch.GetTimestamp();
        var verdict = new Verdict();
        MeasureChecks.Run(verdict);
        WireChecks.Run(verdict);
        await using (var server = await FakeServer.StartAsync())
            await new ScenarioChecks(server, verdict).RunAsync();
        Console.WriteLine($"selftest: {verdict.Passed} checks held, {verdict.Failed} did not, in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
        return verdict.Failed == 0 ? 0 : 1;
    }
}
