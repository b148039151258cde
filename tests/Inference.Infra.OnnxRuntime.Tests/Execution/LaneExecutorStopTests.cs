using Inference.Domain;

namespace Inference.Infra.OnnxRuntime.Tests.Execution;

/// <summary>Cancellation and deadlines, wherever a run stands when they come.</summary>
[TestFixture]
internal sealed class LaneExecutorStopTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public async Task ExecuteAsync_CancelledBefore_CancelledWithoutARun()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        await using var executor = fixture.Executor(lane);
        var error = await LaneFixture.Fails(executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context(cancellation: new CancellationToken(true))).AsTask());
        Assert.That((error.Code, lane.Runs), Is.EqualTo((ErrorCode.Cancelled, 0)));
    }

    [Test]
    public async Task ExecuteAsync_DeadlinePassedBefore_DeadlineExceededWithoutARun()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        await using var executor = fixture.Executor(lane);
        var context = fixture.Context(deadline: Second);
        fixture.Time.Advance(Second);
        Assert.That((await LaneFixture.Fails(executor.ExecuteAsync(LaneFixture.Inputs(), context).AsTask())).Code, Is.EqualTo(ErrorCode.DeadlineExceeded));
        Assert.That(lane.Runs, Is.Zero);
    }

    [Test]
    public async Task ExecuteAsync_CancelledWhileWaiting_AnsweredAtOnceAndNeverRun()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        await using var executor = fixture.Executor(lane);
        using var source = new CancellationTokenSource();
        var running = executor.ExecuteAsync(LaneFixture.Inputs("running"), fixture.Context()).AsTask();
        var waiting = executor.ExecuteAsync(LaneFixture.Inputs("waiting"), fixture.Context(cancellation: source.Token)).AsTask();
        await lane.Started();
        await source.CancelAsync();

        // The lane is still taken: nothing but the cancellation can have answered.
        Assert.That((await LaneFixture.Fails(waiting)).Code, Is.EqualTo(ErrorCode.Cancelled));
        Assert.That(executor.Queue.Waiting, Is.Zero);
        lane.Finish();
        await running;
        Assert.That(lane.Seen, Is.EqualTo(new[] { "running" }));
    }

    [TestCase(true, "deadline")]
    [TestCase(false, "queue timeout")]
    public async Task ExecuteAsync_TimePassesWhileWaiting_AnsweredAtOnceAndNeverRun(bool deadline, string named)
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        await using var executor = fixture.Executor(lane);
        var running = executor.ExecuteAsync(LaneFixture.Inputs("running"), fixture.Context()).AsTask();
        await lane.Started();
        Assert.That(fixture.Device.Deadlines.IsTimerSet, Is.False, "nothing has a deadline yet");
        var context = deadline ? fixture.Context(deadline: Second) : fixture.Context(queueDeadline: Second);
        var waiting = executor.ExecuteAsync(LaneFixture.Inputs("waiting"), context).AsTask();
        fixture.Time.Advance(Second / 2);
        Assert.That(waiting.IsCompleted, Is.False);
        fixture.Time.Advance(Second / 2);
        var error = await LaneFixture.Fails(waiting);
        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(ErrorCode.DeadlineExceeded));
            Assert.That(error.Message, Does.Contain(named).And.Contain("waited for a lane for 1000 ms").And.Contain("did not run"));
            Assert.That(context.Timings.Queue, Is.EqualTo(fixture.Time.TimestampFrequency));
            Assert.That((fixture.Device.Deadlines.Count, fixture.Device.Deadlines.IsTimerSet), Is.EqualTo((0, false)));
        });
        lane.Finish();
        await running;
        Assert.That(lane.Seen, Is.EqualTo(new[] { "running" }));
    }

    [Test]
    public async Task ExecuteAsync_StoppedWithALaneBeforeAThreadWasFree_AnsweredAtOnceAndTheLaneGoesOn()
    {
        using var fixture = new LaneFixture();
        ManualLane busy = new(), lane = new();
        await using var blocker = fixture.Executor(busy);
        await using var executor = fixture.Executor(lane);
        var blocking = blocker.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask();
        await busy.Started();
        var assigned = executor.ExecuteAsync(LaneFixture.Inputs("assigned"), fixture.Context(deadline: Second)).AsTask();
        var next = executor.ExecuteAsync(LaneFixture.Inputs("next"), fixture.Context()).AsTask();
        fixture.Time.Advance(Second);
        Assert.That((await LaneFixture.Fails(assigned)).Code, Is.EqualTo(ErrorCode.DeadlineExceeded));
        busy.Finish();
        lane.Finish();
        await Task.WhenAll(blocking, next);
        Assert.That((lane.Seen.Single(), lane.Resets), Is.EqualTo(("next", 0)));
    }

    [Test]
    public async Task ExecuteAsync_CancelledWhileRunning_RunIsEndedAndTheLaneIsReset()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        await using var executor = fixture.Executor(lane);
        using var source = new CancellationTokenSource();
        var running = executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context(cancellation: source.Token)).AsTask();
        var next = executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context()).AsTask();
        await lane.Started();
        await source.CancelAsync();
        Assert.That((await LaneFixture.Fails(running)).Code, Is.EqualTo(ErrorCode.Cancelled));
        lane.Finish();
        await next;
        Assert.That(lane.Resets, Is.EqualTo(1));
    }

    [Test]
    public async Task ExecuteAsync_DeadlinePassesWhileRunning_RunIsEnded()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        await using var executor = fixture.Executor(lane);
        var running = executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context(deadline: Second * 2, queueDeadline: Second)).AsTask();
        await lane.Started();

        // The queue deadline is of no meaning any more.
        fixture.Time.Advance(Second * 1.5);
        Assert.That(lane.Resets, Is.Zero);
        Assert.That(running.IsCompleted, Is.False);
        fixture.Time.Advance(Second * 0.5);
        var error = await LaneFixture.Fails(running);
        Assert.Multiple(() =>
        {
            Assert.That(error.Code, Is.EqualTo(ErrorCode.DeadlineExceeded));
            Assert.That(error.Message, Does.Contain("had run for 2000 ms"));
            Assert.That(fixture.Device.Deadlines.Count, Is.Zero);
        });
    }

    [Test]
    public async Task ExecuteAsync_FinishedBeforeItsDeadline_NothingIsWatchedAnyMore()
    {
        using var fixture = new LaneFixture();
        var lane = new ManualLane();
        await using var executor = fixture.Executor(lane);
        lane.Finish();
        using var source = new CancellationTokenSource();
        await executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context(Second, cancellation: source.Token));
        Assert.That(fixture.Device.Deadlines.Count, Is.Zero);
        await source.CancelAsync();
        fixture.Time.Advance(Second * 2);
        lane.Finish();
        using var outputs = await executor.ExecuteAsync(LaneFixture.Inputs(), fixture.Context());
        Assert.That(lane.Resets, Is.Zero);
    }
}
