using System.Diagnostics;
using Inference.Infra.Processors;

namespace Inference.Infra.Tests.Processors;

internal sealed class ProcessorUseTests
{
    [Test]
    public void Next_OneThreadBusy_IsItsPartOfTheProcessorsAtTheLeastWhatItGot()
    {
        var use = new ProcessorUse();
        var before = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        while (Environment.CpuUsage.TotalTime - before < TimeSpan.FromMilliseconds(50))
            Thread.SpinWait(100);
        var share = use.Next();

        // Whatever else runs, the processor time is counted, and no more than there is.
        var least = TimeSpan.FromMilliseconds(50) / (Stopwatch.GetElapsedTime(start) * Environment.ProcessorCount);
        Assert.That(share, Is.InRange(least * 0.9, 1.2));
    }
}
