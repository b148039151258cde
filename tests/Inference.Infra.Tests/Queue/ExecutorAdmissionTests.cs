using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Queue.Waiting;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>Who is refused, and what is told about it.</summary>
[TestFixture]
internal sealed class ExecutorAdmissionTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public async Task ExecuteAsync_TooManyRows_OverloadedAndTheOthersRun()
    {
        await using var fixture = new QueueFixture(new ExecutionOptions { Queue = new QueueOptions { MaxRows = 3 } });
        var calls = fixture.SendAll(1, 2);
        var error = await fixture.Send().Fails(ErrorCode.Overloaded);
        Assert.That(error.Message, Does.Contain(QueueFixture.Label).And.Contain("3 rows of 2 requests wait").And.Contain("queue.max_rows is 3").And.Contain("Try again in"));
        Assert.That(error.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(fixture.Observer.Refusals, Is.EqualTo(new[] { RefusalReason.QueueRows }));
        Assert.That(fixture.Executor.Load, Is.EqualTo(new QueueLoad(2, 3, 24, 0)));
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task ExecuteAsync_TooManyBytes_Overloaded()
    {
        await using var fixture = new QueueFixture(new ExecutionOptions { Queue = new QueueOptions { MaxBytes = 16 } });
        var calls = fixture.SendAll(1, 1);
        var error = await fixture.Send().Fails(ErrorCode.Overloaded);
        Assert.That(error.Message, Does.Contain("16 bytes of 2 requests wait").And.Contain("queue.max_bytes is 16"));
        Assert.That(fixture.Observer.Refusals, Is.EqualTo(new[] { RefusalReason.QueueBytes }));
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task ExecuteAsync_TooManyBytesOfAllModels_Overloaded()
    {
        var budget = new QueueBudget(16);
        await using var other = new QueueFixture(budget: budget);
        await using var fixture = new QueueFixture(budget: budget);
        var waiting = other.Send(2);
        var error = await fixture.Send().Fails(ErrorCode.Overloaded);
        Assert.That(error.Message, Does.Contain("Queue:TotalBytes is 16"));
        Assert.That(fixture.Observer.Refusals, Is.EqualTo(new[] { RefusalReason.TotalBytes }));
        other.Pool.RunAll();
        await waiting.Succeeds();
        var call = fixture.Send();
        fixture.Pool.RunAll();
        await call.Succeeds();
    }

    [Test]
    public async Task ExecuteAsync_LevelIsFull_OthersAreLetIn()
    {
        var queue = new QueueOptions { PriorityLevels = 2, DefaultPriority = 1, Levels = [new PriorityLevelOptions(2) { MaxRows = 1 }] };
        await using var fixture = new QueueFixture(new ExecutionOptions { Queue = queue });
        var low = fixture.Send(priority: 2);
        await fixture.Send(priority: 2).Fails(ErrorCode.Overloaded);
        var high = fixture.Send(priority: 1);
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Seen[0], Is.EqualTo(new[] { 4f, 5, 0, 1 }), "the higher level goes first");
        await ExecutorBatchTests.All([low, high]);
    }

    [Test]
    public async Task ExecuteAsync_LargerThanTheQueue_IsTakenWhereNothingWaits()
    {
        await using var fixture = new QueueFixture(new ExecutionOptions { Queue = new QueueOptions { MaxRows = 1, MaxBytes = 1 } }, budget: new QueueBudget(1));
        var call = fixture.Send(40);
        fixture.Pool.RunAll();
        await call.Succeeds();
    }

    [Test]
    public async Task ExecuteAsync_NothingIsKnown_NobodyIsRefusedForItsDeadline()
    {
        await using var fixture = new QueueFixture();
        var calls = Enumerable.Range(0, 200).Select(_ => fixture.Send(deadline: TimeSpan.FromMilliseconds(1))).ToList();
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All(calls);
        Assert.That(fixture.Observer.Refusals, Is.Empty);
    }

    [Test]
    public async Task ExecuteAsync_DeadlineCannotBeMet_RefusedAtOnceWithARetryHint()
    {
        await using var fixture = new QueueFixture();
        await fixture.Learn(Second, rows: 64);
        var queued = fixture.SendAll(64, 64, 64);
        var running = fixture.Pool.Take()!;
        var error = await fixture.Send(deadline: Second * 2).Fails(ErrorCode.Overloaded);
        Assert.That(error.Message, Does.Contain("would wait for about 3000 ms").And.Contain("only 2000 ms left"));
        Assert.That(error.RetryAfter!.Value, Is.InRange(Second / 2, Second * 3));
        Assert.That(fixture.Observer.Refusals, Is.EqualTo(new[] { RefusalReason.Deadline }));
        var patient = fixture.Send(deadline: Second * 30);
        await fixture.Send(queueDeadline: Second).Fails(ErrorCode.Overloaded);
        running.Execute(fixture.Lane);
        running.Complete();
        fixture.Pool.RunAll();
        fixture.Time.Advance(Second);
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All([.. queued, patient]);
    }

    [Test]
    public async Task ExecuteAsync_ModelIsTooSlowForTheDeadline_TriedAgainAfterASecond()
    {
        await using var fixture = new QueueFixture();
        await fixture.Learn(Second / 2);
        await fixture.Send(deadline: Second / 10).Fails(ErrorCode.Overloaded);
        fixture.Time.Advance(Second * 1.1);
        var probe = fixture.Send(deadline: Second / 10);
        fixture.Pool.RunAll();
        await probe.Succeeds();
    }

    [Test]
    public async Task Waited_PredictedAndActual_AreTold()
    {
        await using var fixture = new QueueFixture();
        await fixture.Learn(Second, rows: 64);
        var calls = fixture.SendAll(64, 64);
        while (fixture.Pool.Take() is { } run)
        {
            fixture.Lane.During = () => fixture.Time.Advance(Second);
            run.Execute(fixture.Lane);
            run.Complete();
        }

        await ExecutorBatchTests.All(calls);
        var (predicted, actual) = fixture.Observer.Waits.Single();
        Assert.That((predicted, actual), Is.EqualTo((fixture.Ticks(Second), fixture.Ticks(Second))), "the first found a free lane");
    }

    [Test]
    public async Task ExecuteAsync_RefusedForCautionThoughTheLaneGoesIdle_IsLetInSoon()
    {
        var run = TimeSpan.FromMilliseconds(10);
        await using var fixture = new QueueFixture(new ExecutionOptions { Lanes = 1, Batching = new BatchingOptions { MaxRows = 1 } });
        await fixture.Learn(run);

        // Many come too late, each before another run, until all predictions are doubled.
        for (var i = 0; i < 60; i++)
        {
            var late = await BesideARun(fixture, run, () => fixture.Send(queueDeadline: run * 2.2), stall: run * 2.5);
            await late.Fails(ErrorCode.DeadlineExceeded);
        }

        // The run under way and its own take 22 ms with the caution that there always is.
        Assert.That(await RefusedAsync(fixture, run, deadline: run * 3), Is.InRange(1, 10));
    }

    [Test]
    public async Task ExecuteAsync_RefusedForWaitsThatWereLong_IsLetInSoonWhereTheyAreNoMore()
    {
        var run = TimeSpan.FromMilliseconds(10);
        await using var fixture = new QueueFixture(new ExecutionOptions { Lanes = 1, Batching = new BatchingOptions { MaxRows = 1 } });
        await fixture.Learn(run);

        // The lane stood still for a while each time, so that waits came to several times what was predicted.
        for (var i = 0; i < 100; i++)
        {
            var waited = await BesideARun(fixture, run, () => fixture.Send(), stall: run * 6);
            fixture.Lane.During = () => fixture.Time.Advance(run);
            fixture.Pool.RunAll();
            await waited.Succeeds();
        }

        Assert.That(await RefusedAsync(fixture, run, deadline: run * 4), Is.InRange(1, 10));
    }

    // How many requests are refused, each beside a run, before one is let in.
    private static async Task<int> RefusedAsync(QueueFixture fixture, TimeSpan run, TimeSpan deadline)
    {
        const int most = 30;
        var refused = 0;
        while (refused < most)
        {
            var call = await BesideARun(fixture, run, () => fixture.Send(deadline: deadline), stall: TimeSpan.Zero);
            if (!call.IsDone)
            {
                fixture.Pool.RunAll();
                await call.Succeeds();
                break;
            }

            await call.Fails(ErrorCode.Overloaded);
            refused++;
        }

        return refused;
    }

    // Sends a request while the lane runs another.
    private static async Task<Call> BesideARun(QueueFixture fixture, TimeSpan run, Func<Call> send, TimeSpan stall)
    {
        var other = fixture.Send();
        var running = fixture.Pool.Take()!;
        var call = send();
        fixture.Time.Advance(stall);
        fixture.Lane.During = () => fixture.Time.Advance(run);
        running.Execute(fixture.Lane);
        fixture.Lane.During = null;
        running.Complete();
        await other.Succeeds();
        return call;
    }
}
