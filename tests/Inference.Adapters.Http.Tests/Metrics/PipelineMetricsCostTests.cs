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

    [TestCase("queue_rows")]
    [NonParallelizable]
    public void Scheduling_OnceWarm_AllocatesNothing(string reason)
    {
        using var page = new MetricsPage();
        var recorder = page.Metrics.ForPipeline("digits", "2", "cpu");
        Schedule(recorder, reason, Calls);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var start = Stopwatch.GetTimestamp();
        Schedule(recorder, reason, Calls);
        var nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Calls;
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        TestContext.Out.WriteLine($"run, wait, refusal and stop together: {nanoseconds:F0} ns");
        Assert.That(allocated, Is.LessThan(Calls));
    }

    private static void Schedule(IPipelineMetrics recorder, string reason, int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            recorder.RunCompleted(16, 4, succeeded: true);
            recorder.Waited(0.001, 0.002);
            recorder.Refused(reason);
            recorder.Stopped("queued", "deadline");
        }
    }

    private static void Run(IPipelineMetrics recorder, string code, in StageSeconds times, int calls)
    {
        for (var i = 0; i < calls; i++)
            recorder.RequestCompleted(code, times, rows: 1);
    }
}
