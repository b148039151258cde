using Inference.Domain;

namespace Inference.Infra.OnnxRuntime.Tests.Execution;

[TestFixture]
internal sealed class LaneExecutorQueueTests
{
    [Test]
    public async Task ExecuteAsync_LaneTaken_WaitsAndRunsInOrder()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        await using var executor = fixture.Executor(lane);
        var runs = new[] { "a", "b", "c" }.Select(n => executor.ExecuteAsync(LaneFixture.Inputs(n), fixture.Context()).AsTask()).ToList();
        await lane.Started();
        Assert.That((executor.Queue.Taken, executor.Queue.Waiting), Is.EqualTo((1, 2)));
        lane.Finish(3);
        await Task.WhenAll(runs);
        Assert.That(lane.Seen, Is.EqualTo(new[] { "a", "b", "c" }));
        Assert.That((executor.Queue.Taken, executor.Queue.Waiting), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task ExecuteAsync_QueueFull_OverloadedAndTheOthersRun()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        await using var executor = fixture.Executor(lane, maxQueued: 2);
        var runs = Enumerable.Range(0, 3).Select(_ => executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask()).ToList();
        var error = await LaneFixture.Fails(executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask());
        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(ErrorCode.Overloaded));
            Assert.That(error.Message, Does.Contain("model 'test' version 1").And.Contain("2 requests wait for 1 lane;").And.Contain("max_queued"));
        });
        lane.Finish(3);
        await Task.WhenAll(runs);
    }

    [Test]
    public async Task ExecuteAsync_NoQueue_RunsWhileALaneIsFree()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        await using var executor = fixture.Executor(lane, maxQueued: 0);
        for (var i = 0; i < 2; i++)
        {
            var run = executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask();
            Assert.That((await LaneFixture.Fails(executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask())).Code, Is.EqualTo(ErrorCode.Overloaded));
            lane.Finish();
            await run;
        }
    }

    [Test]
    public async Task ExecuteAsync_TwoPipelinesOnOneThread_TakeTurns()
    {
        using var fixture = new LaneFixture();
        ManualLane busy = new(), other = new();
        await using var first = fixture.Executor(busy);
        await using var second = fixture.Executor(other);
        var many = Enumerable.Range(0, 5).Select(_ => first.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask()).ToList();
        await busy.Started();
        var one = second.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask();

        // After one run of the pipeline with a long queue, it is the other's turn.
        busy.Finish();
        await other.Started();
        Assert.That(busy.Runs, Is.EqualTo(1));
        other.Finish();
        await one;
        busy.Finish(4);
        await Task.WhenAll(many);
    }

    [Test]
    public async Task ExecuteAsync_LaneFails_ErrorIsToldAndTheLaneStaysUsable()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane { Failure = new InvalidOperationException("broken\nin two lines") };
        await using var executor = fixture.Executor(lane);
        lane.Finish(2);
        var error = await LaneFixture.Fails(executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask());
        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(ErrorCode.ExecutionFailed));
            Assert.That(error.Message, Is.EqualTo("model 'test' version 1: the run failed: broken?in two lines"));
        });
        lane.Failure = null;
        using var outputs = await executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context());
        Assert.That(outputs, Is.Empty);
    }

    [Test]
    public async Task ExecuteAsync_AfterTheRun_TimingsHoldWaitAndRun()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        await using var executor = fixture.Executor(lane);
        var first = executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask();
        var context = fixture.Context();
        var second = executor.ExecuteAsync(LaneFixture.Inputs(), context).AsTask();
        await lane.Started();
        fixture.Time.Advance(TimeSpan.FromMilliseconds(30));
        lane.Finish();
        await lane.Started();
        fixture.Time.Advance(TimeSpan.FromMilliseconds(7));
        lane.Finish();
        await Task.WhenAll(first, second);
        var tick = fixture.Time.TimestampFrequency / 1000;
        Assert.That((context.Timings.Queue / tick, context.Timings.Execute / tick), Is.EqualTo((30, 7)));
    }

    [Test]
    public async Task DisposeAsync_RunningAndWaiting_RunningFinishesAndWaitingIsRefused()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        var executor = fixture.Executor(lane);
        var running = executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask();
        var waiting = executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask();
        await lane.Started();
        var disposal = executor.DisposeAsync().AsTask();
        Assert.That((await LaneFixture.Fails(waiting)).Code, Is.EqualTo(ErrorCode.NotReady));
        Assert.That((await LaneFixture.Fails(executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask())).Code, Is.EqualTo(ErrorCode.NotReady));
        Assert.That((disposal.IsCompleted, lane.IsDisposed, fixture.Released), Is.EqualTo((false, false, 0)));
        lane.Finish();
        await running;
        await disposal.WaitAsync(TimeSpan.FromSeconds(30));
        await executor.DisposeAsync();
        Assert.That((lane.IsDisposed, fixture.Released), Is.EqualTo((true, 1)));
    }

    [Test]
    public async Task Dispose_OfTheDevice_LaterRunsAreRefused()
    {
        var fixture = new LaneFixture();
        var executor = fixture.Executor(new ManualLane());
        fixture.Dispose();
        Assert.That((await LaneFixture.Fails(executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask())).Code, Is.EqualTo(ErrorCode.ShuttingDown));
        await executor.DisposeAsync();
    }
}
