using Inference.Domain.Execution;
using Inference.Services.Statistics;

namespace Inference.Services.Tests.Statistics;

public sealed class PipelineStatisticsTests
{
    private static readonly long Millisecond = TimeProvider.System.TimestampFrequency / 1000;

    [Test]
    public void Read_AfterSuccessesAndFailures_AddsUp()
    {
        var statistics = new PipelineStatistics(TimeProvider.System);
        statistics.Succeeded(Context(rows: 2));
        statistics.Succeeded(Context(rows: 2));
        statistics.Succeeded(Context(rows: 5));
        statistics.Failed(Context(rows: 9));

        var totals = statistics.Read();

        Assert.Multiple(() =>
        {
            Assert.That((totals.Rows, totals.Executions), Is.EqualTo((9UL, 3UL)));
            Assert.That(totals.Success, Is.EqualTo(new DurationTotal(3, 30_000_000)));
            Assert.That(totals.Fail, Is.EqualTo(new DurationTotal(1, 10_000_000)));
            Assert.That(totals.Queue, Is.EqualTo(new DurationTotal(3, 3_000_000)));
            Assert.That(totals.ComputeInput, Is.EqualTo(new DurationTotal(3, 6_000_000)));
            Assert.That(totals.ComputeInfer, Is.EqualTo(new DurationTotal(3, 9_000_000)));
            Assert.That(totals.ComputeOutput, Is.EqualTo(new DurationTotal(3, 12_000_000)));
            Assert.That(totals.Batches.Select(b => (b.Rows, b.ComputeInfer.Count)), Is.EqualTo(new[] { (2UL, 2UL), (5UL, 1UL) }));
            Assert.That(DateTimeOffset.FromUnixTimeMilliseconds((long)totals.LastInferenceUnixMilliseconds), Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
        });
    }

    [Test]
    public void Read_Before_IsZero()
    {
        var totals = new PipelineStatistics(TimeProvider.System).Read();

        Assert.That((totals.Rows, totals.LastInferenceUnixMilliseconds, totals.Batches.Length), Is.EqualTo((0UL, 0UL, 0)));
    }

    [Test]
    public void Succeeded_ManySizes_KeepsABoundedNumberOfThem()
    {
        var statistics = new PipelineStatistics(TimeProvider.System);

        for (var rows = 1; rows <= 10_000; rows++)
            statistics.Succeeded(Context(rows));

        Assert.Multiple(() =>
        {
            Assert.That(statistics.Read().Batches, Has.Length.EqualTo(256));
            Assert.That(statistics.Read().Executions, Is.EqualTo(10_000));
        });
    }

    [Test]
    public void Succeeded_ManySizesFromManyThreads_KeepsABoundedNumberOfThem()
    {
        var statistics = new PipelineStatistics(TimeProvider.System);

        Parallel.For(0, 20_000, i => statistics.Succeeded(Context(1 + (i % 2_000))));

        Assert.That(statistics.Read().Batches, Has.Length.InRange(200, 256));
    }

    [Test]
    public void Succeeded_FromManyThreads_LosesNone()
    {
        var statistics = new PipelineStatistics(TimeProvider.System);

        Parallel.For(0, 10_000, i => statistics.Succeeded(Context(1 + (i % 3))));

        var totals = statistics.Read();
        Assert.Multiple(() =>
        {
            Assert.That(totals.Success, Is.EqualTo(new DurationTotal(10_000, 100_000_000_000)));
            Assert.That(totals.Batches.Select(b => (long)b.ComputeInfer.Count).Sum(), Is.EqualTo(10_000));
        });
    }

    private static RequestContext Context(long rows)
    {
        var context = new RequestContext("r", CancellationToken.None) { Rows = rows };
        context.Timings.Queue = Millisecond;
        context.Timings.Preprocess = 2 * Millisecond;
        context.Timings.Execute = 3 * Millisecond;
        context.Timings.Postprocess = 4 * Millisecond;
        context.Timings.Total = 10 * Millisecond;
        return context;
    }
}
