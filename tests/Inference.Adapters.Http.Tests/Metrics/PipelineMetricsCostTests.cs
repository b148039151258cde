using System.Diagnostics;
using Inference.Core.Telemetry;

namespace Inference.Adapters.Http.Tests.Metrics;

public sealed class PipelineMetricsCostTests
{
    private const int Calls = 200_000;

    [TestCase("ok")]
    [TestCase("overloaded")]
    [NonParallelizable]
    public void RequestCompleted_OnceWarm_AllocatesNothing(string code)
    {
        using var page = new MetricsPage();
        var recorder = page.Metrics.ForPipeline("digits", "2", "cpu");
        var times = new StageSeconds(0.0001, 0.0002, 0.003, 0.0004, 0.005);
        Run(recorder, code, times, Calls);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        Run(recorder, code, times, Calls);
        var nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Calls;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // The time depends on the machine and is only told; the allocation does not.
        TestContext.Out.WriteLine($"RequestCompleted({code}): {nanoseconds:F0} ns a call");
        Assert.That(allocated, Is.LessThan(Calls));
    }

    private static void Run(IPipelineMetrics recorder, string code, in StageSeconds times, int calls)
    {
        for (var i = 0; i < calls; i++)
            recorder.RequestCompleted(code, times, rows: 1);
    }
}
