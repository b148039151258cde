using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>Requests that are larger than a batch.</summary>
[TestFixture]
internal sealed class ExecutorSplitTests
{
    private static readonly ExecutionOptions FourRows = ExecutorBatchTests.With(b => b with { MaxRows = 4 });

    [TestCase(5)]
    [TestCase(8)]
    [TestCase(31)]
    public async Task ExecuteAsync_MoreRowsThanABatch_SplitAndJoined(int rows)
    {
        await using var fixture = new QueueFixture(FourRows);
        var call = fixture.Send(rows);
        await Run(fixture, call);
        await call.Succeeds();
        Assert.That(fixture.Lane.Runs.Sum(), Is.EqualTo(rows));
        Assert.That(fixture.Lane.Runs, Has.All.LessThanOrEqualTo(4));
        Assert.That(call.Context.BatchRows, Is.EqualTo(4));
    }

    [Test]
    public async Task ExecuteAsync_MoreBytesThanABatch_SplitAndJoined()
    {
        await using var fixture = new QueueFixture(ExecutorBatchTests.With(b => b with { MaxBytes = 24 }));
        var call = fixture.Send(10);
        await Run(fixture, call);
        await call.Succeeds();
        Assert.That(fixture.Lane.Runs, Has.All.LessThanOrEqualTo(3));
    }

    [Test]
    public async Task ExecuteAsync_LastPartIsSmall_SharesItsRun()
    {
        await using var fixture = new QueueFixture(FourRows);
        var large = fixture.Send(5);
        var other = fixture.Send(2);
        await Run(fixture, large);
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 4, 3 }));
        await ExecutorBatchTests.All([large, other]);
    }

    [Test]
    public async Task ExecuteAsync_SplittingIsOff_InvalidArgument()
    {
        await using var fixture = new QueueFixture(ExecutorBatchTests.With(b => b with { MaxRows = 4, MaxBytes = 24, Split = false }));
        var error = await fixture.Send(5).Fails(ErrorCode.InvalidArgument);
        Assert.That(error.Message, Does.Contain("5 rows").And.Contain("(4, batching.max_batch_rows)").And.Contain("send fewer rows"));
        error = await fixture.Send(4).Fails(ErrorCode.InvalidArgument);
        Assert.That(error.Message, Does.Contain("32 bytes in 4 rows").And.Contain("(24, batching.max_batch_bytes)"));
    }

    [Test]
    public async Task ExecuteAsync_OnePartFails_TheRequestFailsWithItsError()
    {
        await using var fixture = new QueueFixture(FourRows, model: ExecutorFailureTests.FailsOn(new InferenceException(ErrorCode.InvalidArgument, "20 is odd"), 20));
        var call = fixture.Send(40);
        await Run(fixture, call);
        var error = await call.Fails(ErrorCode.InvalidArgument);
        Assert.That(error.Message, Is.EqualTo("20 is odd"));
        Assert.That(fixture.Lane.Runs, Has.Count.LessThan(10), "what had not begun is dropped");
    }

    [Test]
    public async Task ExecuteAsync_CancelledInTheMiddle_Cancelled()
    {
        await using var fixture = new QueueFixture(FourRows);
        using var source = new CancellationTokenSource();
        var call = fixture.Send(40, cancellation: source.Token);
        fixture.Pool.RunOne();
        fixture.Lane.During = source.Cancel;
        await Run(fixture, call);
        await call.Fails(ErrorCode.Cancelled);
        Assert.That(fixture.Lane.Runs, Has.Count.EqualTo(2));
        Assert.That((fixture.Lane.Terminations, fixture.Lane.Resets), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task ExecuteAsync_DeadlineInTheMiddle_DeadlineExceeded()
    {
        await using var fixture = new QueueFixture(FourRows);
        var call = fixture.Send(40, deadline: TimeSpan.FromSeconds(1));
        fixture.Pool.RunOne();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await Run(fixture, call);
        await call.Fails(ErrorCode.DeadlineExceeded);
        Assert.That(fixture.Lane.Runs, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task ExecuteAsync_QueueIsFull_RefusedOnceAndNothingRuns()
    {
        await using var fixture = new QueueFixture(FourRows with { Queue = new QueueOptions { MaxRows = 4 } });
        var queued = fixture.Send(4);
        await fixture.Send(9).Fails(ErrorCode.Overloaded);
        Assert.That(fixture.Observer.Refusals, Is.EqualTo(new[] { RefusalReason.QueueRows }));
        Assert.That(fixture.Executor.Load, Is.EqualTo(new QueueLoad(1, 4, 32, 0)));
        fixture.Pool.RunAll();
        await queued.Succeeds();
    }

    [Test]
    public async Task ExecuteAsync_SmallQueue_PartsWaitForRoom()
    {
        await using var fixture = new QueueFixture(FourRows with { Queue = new QueueOptions { MaxRows = 4 } });
        var call = fixture.Send(40);
        Assert.That(fixture.Executor.Load.Blocked, Is.GreaterThan(0));
        await Run(fixture, call);
        await call.Succeeds();
    }

    [Test]
    public async Task ExecuteAsync_PartsCannotBeJoined_RunsWhole()
    {
        await using var fixture = new QueueFixture(FourRows, model: RowModel.RunSum);
        var call = fixture.Send(10);
        await Run(fixture, call);
        using var outputs = await call.Outputs();
        Assert.That(outputs.Get("y").AsSpan<float>()[0], Is.EqualTo(190));
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 4, 4, 2, 10 }));
    }

    [Test]
    public async Task ExecuteAsync_SplitRequest_TimingsAreThoseOfItsParts()
    {
        await using var fixture = new QueueFixture(FourRows);
        var call = fixture.Send(8);
        for (var i = 0; i < 2; i++)
        {
            fixture.Lane.During = () => fixture.Time.Advance(TimeSpan.FromMilliseconds(3));
            fixture.Pool.RunOne();
        }

        await call.Succeeds();
        Assert.That(call.Context.Timings.Execute, Is.EqualTo(fixture.Ticks(TimeSpan.FromMilliseconds(6))));
        Assert.That(call.Context.Timings.Queue, Is.EqualTo(fixture.Ticks(TimeSpan.FromMilliseconds(3))), "the longest wait");
    }

    // Parts follow each other on other threads.
    private static async Task Run(QueueFixture fixture, Call call)
    {
        var limit = Environment.TickCount64 + 30_000;
        while (!call.IsDone && Environment.TickCount64 < limit)
        {
            if (!fixture.Pool.RunOne())
                await Task.Yield();
        }

        Assert.That(call.IsDone, Is.True);
    }
}
