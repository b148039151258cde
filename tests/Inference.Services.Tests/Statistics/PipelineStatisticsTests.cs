using Inference.Domain.Execution;
using Inference.Services.Statistics;

namespace Inference.Services.Tests.Statistics;

public sealed class PipelineStatisticsTests
{
    private static readonly long Millisecond = TimeProvider.System.TimestampFrequency / 1000;

    [Test]
    public void Read_AfterSuccessesAndFailures_AddsRequestsUp()
    {
        var statistics = new PipelineStatistics(TimeProvider.System);
        statistics.Succeeded(Context(rows: 2));
        statistics.Succeeded(Context(rows: 2));
        statistics.Succeeded(Context(rows: 5));
        statistics.Failed(Context(rows: 9));

        var totals = statistics.Read();

        Assert.Multiple(() =>
        {
            Assert.That(totals.Rows, Is.EqualTo(9UL));
            Assert.That(totals.Success, Is.EqualTo(new DurationTotal(3, 30_000_000)));
            Assert.That(totals.Fail, Is.EqualTo(new DurationTotal(1, 10_000_000)));
            Assert.That(totals.Queue, Is.EqualTo(new DurationTotal(3, 3_000_000)));
            Assert.That(totals.ComputeInput, Is.EqualTo(new DurationTotal(3, 3 * (2_000_000 + 500_000))), "preprocess and merge");
            Assert.That(totals.ComputeInfer, Is.EqualTo(new DurationTotal(3, 9_000_000)));
            Assert.That(totals.ComputeOutput, Is.EqualTo(new DurationTotal(3, 3 * (4_000_000 + 250_000))), "split and postprocess");
            Assert.That((totals.Executions, totals.Batches.Length), Is.EqualTo((0UL, 0)), "runs are counted by the executor");
            Assert.That(DateTimeOffset.FromUnixTimeMilliseconds((long)totals.LastInferenceUnixMilliseconds), Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
        });
    }

    [Test]
    public void Read_AfterRuns_CountsABatchOnceUnderItsRows()
    {
        var statistics = new PipelineStatistics(TimeProvider.System);
        for (var i = 0; i < 4; i++)
            statistics.Succeeded(Context(rows: 2));
        statistics.RunCompleted(Run(rows: 6, requests: 3));
        statistics.RunCompleted(Run(rows: 2, requests: 1));
        statistics.RunCompleted(Run(rows: 2, requests: 1) with { Succeeded = false });

        var totals = statistics.Read();

        Assert.Multiple(() =>
        {
            Assert.That((totals.Rows, totals.Executions), Is.EqualTo((8UL, 2UL)));
            Assert.That(
                totals.Batches,
                Is.EqualTo(new[]
                {
                    new BatchTotals(2, new DurationTotal(1, 1_000_000), new DurationTotal(1, 7_000_000), new DurationTotal(1, 3_000_000)),
                    new BatchTotals(6, new DurationTotal(1, 1_000_000), new DurationTotal(1, 7_000_000), new DurationTotal(1, 3_000_000)),
                }));
        });
    }

    [Test]
    public void Read_Before_IsZero()
    {
        var totals = new PipelineStatistics(TimeProvider.System).Read();

        Assert.That((totals.Rows, totals.LastInferenceUnixMilliseconds, totals.Batches.Length), Is.EqualTo((0UL, 0UL, 0)));
    }

    [Test]
    public void RunCompleted_ManySizes_KeepsABoundedNumberOfThem()
    {
        var statistics = new PipelineStatistics(TimeProvider.System);

        for (var rows = 1; rows <= 10_000; rows++)
            statistics.RunCompleted(Run(rows, 1));

        Assert.Multiple(() =>
        {
            Assert.That(statistics.Read().Batches, Has.Length.EqualTo(256));
            Assert.That(statistics.Read().Executions, Is.EqualTo(10_000));
        });
    }

    [Test]
    public void RunCompleted_ManySizesFromManyThreads_KeepsABoundedNumberOfThem()
    {
        var statistics = new PipelineStatistics(TimeProvider.System);

        Parallel.For(0, 20_000, i => statistics.RunCompleted(Run(1 + (i % 2_000), 1)));

        Assert.That(statistics.Read().Batches, Has.Length.InRange(200, 256));
    }

    [Test]
    public void SucceededAndRunCompleted_FromManyThreads_LoseNone()
    {
        var statistics = new PipelineStatistics(TimeProvider.System);

        Parallel.For(0, 10_000, i =>
        {
            statistics.Succeeded(Context(1));
            statistics.RunCompleted(Run(1 + (i % 3), 1));
        });

        var totals = statistics.Read();
        Assert.Multiple(() =>
        {
            Assert.That(totals.Success, Is.EqualTo(new DurationTotal(10_000, 100_000_000_000)));
            Assert.That(totals.Batches.Select(b => (long)b.ComputeInfer.Count).Sum(), Is.EqualTo(10_000));
        });
    }

    private static RunReport Run(long rows, int requests) => new(rows, requests, Millisecond, 7 * Millisecond, 3 * Millisecond, Succeeded: true);

    private static RequestContext Context(long rows)
    {
        var context = new RequestContext("r", CancellationToken.None) { Rows = rows };
        context.Timings.Queue = Millisecond;
        context.Timings.Preprocess = 2 * Millisecond;
        context.Timings.Merge = Millisecond / 2;
        context.Timings.Execute = 3 * Millisecond;
        context.Timings.Split = Millisecond / 4;
        context.Timings.Postprocess = 4 * Millisecond;
        context.Timings.Total = 10 * Millisecond;
        return context;
    }
}
