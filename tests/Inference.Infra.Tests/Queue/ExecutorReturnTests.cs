using Inference.Domain;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>A lane that waits for callers which were just answered, on a clock that the test moves.</summary>
[TestFixture]
internal sealed class ExecutorReturnTests
{
    // What a run takes whatever its rows, so that half of it may be waited for others.
    private static readonly TimeSpan Run = TimeSpan.FromMilliseconds(8);

    [Test]
    public async Task Next_CallersComeBack_RunTogetherAsSoonAsTheLastIsThere()
    {
        await using var fixture = await Answered(4);
        var calls = fixture.SendAll(1, 1, 1);
        Assert.That(fixture.Pool.RunAll(), Is.Zero, "one is missing");
        var last = fixture.Send();
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        Assert.That(fixture.Lane.Runs[^1], Is.EqualTo(4));
        await ExecutorBatchTests.All([.. calls, last]);
    }

    [Test]
    public async Task Next_OneDoesNotComeBack_TheOthersWaitNoLongerThanHalfOfWhatCouldBeSaved()
    {
        await using var fixture = await Answered(4);
        var calls = fixture.SendAll(1, 1, 1);
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        fixture.Time.Advance(Run / 2);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1), "the timer signals");
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task Next_RunsAreLong_NobodyWaitsLongerThanCallersNeedToComeBack()
    {
        await using var fixture = await Answered(4, Run * 100);
        var call = fixture.Send();
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(5));
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await call.Succeeds();
    }

    [Test]
    public async Task Next_NobodyEverComesBack_StopsWaiting()
    {
        await using var fixture = await Answered(1);
        var waited = 0;
        for (var i = 0; i < 20; i++)
        {
            // Others come long after, and each of them finds that those before it did not ask again.
            fixture.Time.Advance(Run * 10);
            var calls = fixture.SendAll(1, 1);
            fixture.Pool.RunAll();
            fixture.Time.Advance(TimeSpan.FromTicks(1));
            var late = fixture.Send();
            if (fixture.Pool.RunAll() == 0)
            {
                waited++;
                fixture.Time.Advance(Run);
                fixture.Pool.RunAll();
            }

            await ExecutorBatchTests.All([.. calls, late]);
        }

        Assert.That(waited, Is.LessThan(8), "of twenty");
    }

    [Test]
    public async Task Next_OneOfAnotherShapeThatSharesNoRunComesMeanwhile_RunsAtOnce()
    {
        await using var fixture = await Answered(4);
        var waiting = fixture.Send();
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        var alone = fixture.Send(rows: 0, columns: 3);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await alone.Ends();
        Assert.That(waiting.IsDone, Is.False);
        fixture.Time.Advance(Run);
        fixture.Pool.RunAll();
        await waiting.Succeeds();
    }

    [Test]
    public async Task Next_NewcomerToAnIdleModel_RunsAtOnce()
    {
        await using var fixture = new QueueFixture(spec: RowModel.Variable);
        await fixture.Learn(Run);
        fixture.Time.Advance(Run * 10);
        var call = fixture.Send();
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await call.Succeeds();
    }

    [Test]
    public async Task Next_DeadlineComesBefore_DoesNotMissIt()
    {
        await using var fixture = await Answered(4);
        var hurried = fixture.Send(deadline: Run + TimeSpan.FromMilliseconds(5));
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(3));
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await hurried.Succeeds();
    }

    [Test]
    public async Task Next_ThoseThatWaitedLeave_TheNextOneIsNotForgotten()
    {
        await using var fixture = await Answered(4);
        using var source = new CancellationTokenSource();
        var cancelled = fixture.Send(cancellation: source.Token);
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        await source.CancelAsync();
        await cancelled.Fails(ErrorCode.Cancelled);
        fixture.Time.Advance(Run);
        var next = fixture.Send();
        fixture.Pool.RunAll();
        fixture.Time.Advance(Run);
        fixture.Pool.RunAll();
        await next.Succeeds();
    }

    [Test]
    public async Task Next_AnotherTimerFiresWhileItWaits_GoesOnInTime()
    {
        await using var fixture = await Answered(4);
        var other = fixture.Send(queueDeadline: Run / 8);
        var call = fixture.Send();
        fixture.Pool.RunAll();
        for (var i = 0; i < 8; i++)
        {
            fixture.Time.Advance(Run / 8);
            fixture.Pool.RunAll();
        }

        await call.Succeeds();
        await other.Ends();
    }

    // Its lane has just answered so many callers, and knows what runs take.
    private static async Task<QueueFixture> Answered(int callers, TimeSpan run = default)
    {
        run = run == default ? Run : run;
        var fixture = new QueueFixture(spec: RowModel.Variable);
        await fixture.Learn(run);
        await fixture.Learn(run, rows: callers);
        fixture.Time.Advance(run * 10);
        var calls = fixture.SendAll([.. Enumerable.Repeat(1, callers)]);
        fixture.Lane.During = () => fixture.Time.Advance(run);
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All(calls);
        return fixture;
    }
}
