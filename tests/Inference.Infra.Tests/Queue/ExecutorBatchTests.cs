using System.Collections.Immutable;
using Inference.Domain.Execution;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>What shares a run.</summary>
[TestFixture]
internal sealed class ExecutorBatchTests
{
    [Test]
    public async Task ExecuteAsync_QueuedWhileTheLaneWasBusy_ComeAsOneBatchInOrder()
    {
        await using var fixture = new QueueFixture();
        Call[] queued = [];
        var first = fixture.Send();
        fixture.Lane.During = () => queued = fixture.SendAll(1, 3, 2, 1);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(2));
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 1, 7 }));
        Assert.That(fixture.Lane.Seen[1], Is.EqualTo(Enumerable.Range(2, 14)), "rows in the order of the requests");
        await first.Succeeds();
        foreach (var call in queued)
        {
            await call.Succeeds();
            Assert.That(call.Context.BatchRows, Is.EqualTo(7));
        }
    }

    [Test]
    public async Task ExecuteAsync_OneRequest_RunsOnItsOwnMemory()
    {
        await using var fixture = new QueueFixture();
        var call = fixture.Send(3);
        Assert.That(fixture.Pool.RunOne(), Is.True);
        await call.Succeeds();
        Assert.That((call.Context.BatchRows, call.Context.Timings.Merge), Is.EqualTo((3, 0)));
    }

    [Test]
    public async Task ExecuteAsync_MoreThanOneBatchMayHave_LimitIsKept()
    {
        await using var fixture = new QueueFixture(With(b => b with { MaxRows = 4 }));
        var calls = fixture.SendAll(3, 1, 2, 3, 4, 1);
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 4, 2, 3, 4, 1 }));
        await All(calls);
    }

    [Test]
    public async Task ExecuteAsync_MoreBytesThanOneBatchMayHave_LimitIsKept()
    {
        // 8 bytes a row.
        await using var fixture = new QueueFixture(With(b => b with { MaxBytes = 24 }));
        var calls = fixture.SendAll(1, 1, 1, 2, 2);
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 3, 2, 2 }));
        await All(calls);
    }

    [Test]
    public async Task ExecuteAsync_BatchingOff_EachRunsAlone()
    {
        await using var fixture = new QueueFixture(With(b => b with { Enabled = false, MaxRows = 4 }));
        Assert.That(fixture.Executor.Info.Batching.Enabled, Is.False);
        var calls = fixture.SendAll(1, 9, 2);
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 1, 9, 2 }));
        await All(calls);
    }

    [Test]
    public async Task ExecuteAsync_NoBatchAxis_EachRunsAlone()
    {
        await using var fixture = new QueueFixture(spec: RowModel.Unbatched);
        var calls = fixture.SendAll(1, 1);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(2));
        await All(calls);
    }

    [Test]
    public async Task ExecuteAsync_RequestWithoutRows_RunsAlone()
    {
        await using var fixture = new QueueFixture();
        var calls = fixture.SendAll(1, 0, 2, 1);
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 1, 0, 3 }));
        await All(calls);
    }

    [Test]
    public async Task Next_SeveralLanes_EachGetsABatchOfItsOwn()
    {
        await using var fixture = new QueueFixture(With(b => b with { MaxRows = 4 }) with { Lanes = 3 });

        // The first runs are alone, to see what others beside them cost.
        await fixture.Learn(TimeSpan.FromMilliseconds(1), runs: 8);
        foreach (var lane in fixture.Pool.Lanes)
            lane.Runs.Clear();
        var calls = fixture.SendAll(2, 2, 3, 1, 4);
        var runs = fixture.Pool.Lanes.Select(_ => fixture.Pool.Take()!).ToList();
        Assert.That(fixture.Pool.Take(), Is.Null);

        // They end in another order than they began.
        for (var i = 2; i >= 0; i--)
        {
            runs[i].Execute(fixture.Pool.Lanes[i]);
            runs[i].Complete();
        }

        Assert.That(fixture.Pool.Lanes.Select(l => l.Runs.Single()), Is.EqualTo(new[] { 4, 4, 4 }));
        await All(calls);
    }

    [Test]
    public async Task Next_HeldBackThoughALaneIsFree_AskedAgainWhenARunEnds()
    {
        // How many lanes are used changes with each run.
        for (var runs = 0; runs < 40; runs++)
        {
            await using var fixture = new QueueFixture(new ExecutionOptions { Lanes = 3 });
            await fixture.Learn(TimeSpan.FromMilliseconds(1), runs: runs);
            var first = fixture.Send();
            var run = fixture.Pool.Take()!;
            var second = fixture.Send();
            if (fixture.Pool.RunOne(lane: 1))
            {
                run.Execute(fixture.Lane);
                run.Complete();
            }
            else
            {
                run.Execute(fixture.Lane);
                run.Complete();
                Assert.That(fixture.Pool.RunOne(), Is.True, $"forgotten after {runs} runs");
            }

            await All([first, second]);
        }
    }

    [Test]
    public async Task Next_WorkIsLeft_SaysThatThereIsMore()
    {
        await using var fixture = new QueueFixture(With(b => b with { MaxRows = 2 }));
        var calls = fixture.SendAll(1, 1, 1);
        foreach (var isMore in new[] { true, false })
        {
            var run = fixture.Executor.Next(out var more)!;
            Assert.That(more, Is.EqualTo(isMore));
            run.Execute(fixture.Lane);
            run.Complete();
        }

        Assert.That(fixture.Executor.Next(out var nothing), Is.Null);
        Assert.That(nothing, Is.False);
        await All(calls);
    }

    [Test]
    public async Task Next_PreferredRows_LargestThatCanBeFilledIsTaken()
    {
        await using var fixture = new QueueFixture(With(b => b with { MaxRows = 64, PreferredRows = ImmutableArray.Create(4, 8) }));
        var calls = fixture.SendAll([.. Enumerable.Repeat(1, 15)]);
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 8, 4, 3 }), "without a delay the rest is not kept");
        await All(calls);
    }

    internal static ExecutionOptions With(Func<BatchingOptions, BatchingOptions> batching) => new() { Batching = batching(new BatchingOptions()) };

    internal static async Task All(IEnumerable<Call> calls)
    {
        foreach (var call in calls)
            await call.Succeeds();
    }
}
