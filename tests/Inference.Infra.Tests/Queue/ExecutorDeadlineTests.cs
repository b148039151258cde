using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>Deadlines and queue timeouts, wherever a request stands when they pass.</summary>
[TestFixture]
internal sealed class ExecutorDeadlineTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Test]
    public async Task ExecuteAsync_DeadlinePassedBefore_DeadlineExceededWithoutARun()
    {
        await using var fixture = new QueueFixture();
        await fixture.Send(deadline: TimeSpan.Zero).Fails(ErrorCode.DeadlineExceeded);
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        Assert.That(fixture.Observer.Stops, Is.EqualTo(new[] { (StopPlace.Queued, StopCause.Deadline) }));
    }

    [TestCase(true, "deadline", StopCause.Deadline)]
    [TestCase(false, "queue timeout", StopCause.QueueTimeout)]
    public async Task ExecuteAsync_PassesWhileItWaits_AnsweredAtOnceAndNeverRuns(bool deadline, string named, StopCause cause)
    {
        await using var fixture = new QueueFixture();
        var waiting = deadline ? fixture.Send(deadline: Second) : fixture.Send(queueDeadline: Second);
        var other = fixture.Send();
        fixture.Time.Advance(Second / 2);
        Assert.That(waiting.IsDone, Is.False);
        fixture.Time.Advance(Second / 2);
        var error = await waiting.Fails(ErrorCode.DeadlineExceeded);
        Assert.That(error.Message, Does.Contain(named).And.Contain("waited for a lane for 1000 ms").And.Contain("did not run"));
        Assert.That(waiting.Context.Timings.Queue, Is.EqualTo(fixture.Time.TimestampFrequency));
        Assert.That(fixture.Observer.Stops, Is.EqualTo(new[] { (StopPlace.Queued, cause) }));
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 1 }));
        await other.Succeeds();
    }

    [Test]
    public async Task Next_DeadlineIsNow_DoesNotRun()
    {
        // The clock moves without its timers, as where the timer's thread is late.
        var time = new SteppedTime();
        await using var fixture = new QueueFixture(time: time);
        var late = fixture.Send(deadline: Second);
        var other = fixture.Send(deadline: Second * 2);
        time.Ahead = Second;
        fixture.Pool.RunAll();
        await late.Fails(ErrorCode.DeadlineExceeded);
        await other.Succeeds();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 1 }));
        Assert.That(fixture.Observer.Stops, Is.EqualTo(new[] { (StopPlace.Queued, StopCause.Deadline) }));
    }

    [Test]
    public async Task ExecuteAsync_DeadlinePassesWhileRunning_RunIsEnded()
    {
        await using var fixture = new QueueFixture();
        var running = fixture.Send(deadline: Second * 2, queueDeadline: Second);
        fixture.Lane.During = () =>
        {
            // The queue deadline is of no meaning any more.
            fixture.Time.Advance(Second * 1.5);
            Assert.That(fixture.Lane.Terminations, Is.Zero);
            fixture.Time.Advance(Second * 0.5);
            Assert.That(fixture.Lane.Terminations, Is.EqualTo(1));
        };
        fixture.Pool.RunAll();
        var error = await running.Fails(ErrorCode.DeadlineExceeded);
        Assert.That(error.Message, Does.Contain("deadline").And.Contain("had run for 2000 ms"));
        Assert.That((fixture.Lane.Terminations, fixture.Lane.Resets), Is.EqualTo((1, 1)));
        Assert.That(fixture.Observer.Stops, Is.EqualTo(new[] { (StopPlace.Running, StopCause.Deadline) }));
    }

    [Test]
    public async Task ExecuteAsync_DeadlineOfOneOfABatchPasses_TheOthersGetTheirRows()
    {
        await using var fixture = new QueueFixture();
        var first = fixture.Send(2);
        var hurried = fixture.Send(deadline: Second);
        var last = fixture.Send(deadline: Second * 3);
        fixture.Lane.During = () => fixture.Time.Advance(Second * 2);
        fixture.Pool.RunAll();
        await hurried.Fails(ErrorCode.DeadlineExceeded);
        await ExecutorBatchTests.All([first, last]);
        Assert.That(fixture.Lane.Terminations, Is.Zero);
    }

    [Test]
    public async Task ExecuteAsync_FinishedBeforeItsDeadline_NothingHappensThen()
    {
        await using var fixture = new QueueFixture();
        var call = fixture.Send(deadline: Second);
        fixture.Pool.RunAll();
        fixture.Time.Advance(Second * 2);
        await call.Succeeds();
        Assert.That(fixture.Observer.Stops, Is.Empty);
        Assert.That(fixture.Lane.Terminations, Is.Zero);
    }

    [Test]
    public async Task ExecuteAsync_TimeoutOfTheModelAndOfALevel_EndTheWait()
    {
        var queue = new QueueOptions { Timeout = Second, PriorityLevels = 2, DefaultPriority = 1, Levels = [new PriorityLevelOptions(2) { Timeout = Second * 2 }] };
        await using var fixture = new QueueFixture(new ExecutionOptions { Queue = queue });
        var ofTheModel = fixture.Send();
        var ofTheLevel = fixture.Send(priority: 2);
        var ofItsOwn = fixture.Send(queueDeadline: Second * 3);
        fixture.Time.Advance(Second);
        await ofTheModel.Fails(ErrorCode.DeadlineExceeded);
        Assert.That((ofTheLevel.IsDone, ofItsOwn.IsDone), Is.EqualTo((false, false)));
        fixture.Time.Advance(Second);
        await ofTheLevel.Fails(ErrorCode.DeadlineExceeded);
        Assert.That(ofItsOwn.IsDone, Is.False);
        fixture.Time.Advance(Second);
        await ofItsOwn.Fails(ErrorCode.DeadlineExceeded);
        Assert.That(fixture.Observer.Stops, Is.EqualTo(Enumerable.Repeat((StopPlace.Queued, StopCause.QueueTimeout), 3)));
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
    }

    [Test]
    public async Task Next_RunWouldEndTooLate_GoesWithoutItAndTellsIt()
    {
        await using var fixture = new QueueFixture();
        await fixture.Learn(Second);
        var doomed = fixture.Send(deadline: Second * 1.5);
        var other = fixture.Send();
        fixture.Time.Advance(Second);
        fixture.Pool.RunAll();
        var error = await doomed.Fails(ErrorCode.DeadlineExceeded);
        Assert.That(error.Message, Does.Contain("during its run of about 1000 ms").And.Contain("did not run"));
        await other.Succeeds();
    }

    [Test]
    public async Task DisposeAsync_RunUnderWay_ItsDeadlineStillEndsIt()
    {
        await using var fixture = new QueueFixture();
        var running = fixture.Send(deadline: Second);
        var run = fixture.Pool.Take()!;
        fixture.Lane.During = () => fixture.Time.Advance(Second);
        fixture.Pool.WhileDisposed = () =>
        {
            run.Execute(fixture.Lane);
            run.Complete();
        };
        await fixture.Executor.DisposeAsync();
        await running.Fails(ErrorCode.DeadlineExceeded);
    }
}
