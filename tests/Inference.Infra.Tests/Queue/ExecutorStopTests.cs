using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>Cancellation, wherever a request stands when it comes.</summary>
[TestFixture]
internal sealed class ExecutorStopTests
{
    [Test]
    public async Task ExecuteAsync_CancelledBefore_CancelledWithoutARun()
    {
        await using var fixture = new QueueFixture();
        await fixture.Send(cancellation: new CancellationToken(true)).Fails(ErrorCode.Cancelled);
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        Assert.That(fixture.Observer.Stops, Is.EqualTo(new[] { (StopPlace.Queued, StopCause.Cancelled) }));
    }

    [Test]
    public async Task ExecuteAsync_MiddleEntryIsCancelledInTheQueue_AnsweredAtOnceAndTheOthersRun()
    {
        await using var fixture = new QueueFixture();
        using var source = new CancellationTokenSource();
        var first = fixture.Send(2);
        var middle = fixture.Send(3, cancellation: source.Token);
        var last = fixture.Send();
        fixture.Time.Advance(TimeSpan.FromMilliseconds(30));
        await source.CancelAsync();
        var error = await middle.Fails(ErrorCode.Cancelled);
        Assert.That(error.Message, Does.Contain(QueueFixture.Label).And.Contain("waited for a lane for 30 ms").And.Contain("did not run"));
        Assert.That(middle.Context.Timings.Queue, Is.EqualTo(fixture.Ticks(TimeSpan.FromMilliseconds(30))));
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 3 }));
        Assert.That(fixture.Observer.Stops, Is.EqualTo(new[] { (StopPlace.Queued, StopCause.Cancelled) }));
        await ExecutorBatchTests.All([first, last]);
    }

    [Test]
    public async Task ExecuteAsync_MiddleEntryIsCancelledInARunningBatch_AnsweredAtOnceAndTheOthersGetTheirRows()
    {
        await using var fixture = new QueueFixture();
        using var source = new CancellationTokenSource();
        var first = fixture.Send(2);
        var middle = fixture.Send(3, cancellation: source.Token);
        var last = fixture.Send();
        fixture.Lane.During = () =>
        {
            fixture.Time.Advance(TimeSpan.FromMilliseconds(7));
            source.Cancel();
            Assert.That(() => middle.IsDone, Is.True.After(30_000, 1), "answered while the batch still runs");
        };
        fixture.Pool.RunAll();
        var error = await middle.Fails(ErrorCode.Cancelled);
        Assert.That(error.Message, Does.Contain("had run for 7 ms"));
        Assert.That((fixture.Lane.Terminations, fixture.Lane.Resets), Is.EqualTo((0, 0)));
        Assert.That(fixture.Observer.Stops, Is.EqualTo(new[] { (StopPlace.Running, StopCause.Cancelled) }));
        await ExecutorBatchTests.All([first, last]);
    }

    [Test]
    public async Task ExecuteAsync_OnlyRequestOfARunIsCancelled_RunIsEndedAndTheLaneIsReset()
    {
        await using var fixture = new QueueFixture();
        using var source = new CancellationTokenSource();
        var running = fixture.Send(cancellation: source.Token);
        fixture.Lane.During = () =>
        {
            fixture.Time.Advance(TimeSpan.FromMilliseconds(5));
            source.Cancel();
            Assert.That(running.IsDone, Is.False, "the run uses its memory");
        };
        fixture.Pool.RunAll();
        var error = await running.Fails(ErrorCode.Cancelled);
        Assert.That(error.Message, Does.Contain("had run for 5 ms"));
        Assert.That((fixture.Lane.Terminations, fixture.Lane.Resets), Is.EqualTo((1, 1)));
        var next = fixture.Send();
        fixture.Pool.RunAll();
        await next.Succeeds();
    }

    [Test]
    public async Task ExecuteAsync_AllOfARunningBatchAreCancelled_RunIsEnded()
    {
        await using var fixture = new QueueFixture();
        using var source = new CancellationTokenSource();
        var calls = new[] { fixture.Send(cancellation: source.Token), fixture.Send(2, cancellation: source.Token) };
        fixture.Lane.During = source.Cancel;
        fixture.Pool.RunAll();
        foreach (var call in calls)
            await call.Fails(ErrorCode.Cancelled);
        Assert.That((fixture.Lane.Terminations, fixture.Lane.Resets), Is.EqualTo((1, 1)));
        Assert.That(fixture.Observer.Runs.Single().Succeeded, Is.False);
        Assert.That(fixture.Observer.Stops, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task ExecuteAsync_CancelledBetweenClosingAndRunning_DoesNotRunAlone()
    {
        await using var fixture = new QueueFixture();
        using var source = new CancellationTokenSource();
        var call = fixture.Send(cancellation: source.Token);
        var run = fixture.Pool.Take()!;
        await source.CancelAsync();
        Assert.That(call.IsDone, Is.False);
        run.Execute(fixture.Lane);
        run.Complete();
        var error = await call.Fails(ErrorCode.Cancelled);
        Assert.That(error.Message, Does.Contain("did not run"));
        Assert.That((fixture.Lane.Runs.Count, fixture.Lane.Terminations), Is.EqualTo((0, 0)));
        Assert.That(fixture.Observer.Runs, Is.Empty);
        Assert.That(fixture.Observer.Stops, Is.EqualTo(new[] { (StopPlace.Queued, StopCause.Cancelled) }));
    }

    [Test]
    public async Task ExecuteAsync_OneOfABatchIsCancelledBetweenClosingAndRunning_TheOthersRun()
    {
        await using var fixture = new QueueFixture();
        using var source = new CancellationTokenSource();
        var first = fixture.Send(2);
        var cancelled = fixture.Send(cancellation: source.Token);
        var last = fixture.Send(3);
        var run = fixture.Pool.Take()!;
        await source.CancelAsync();
        run.Execute(fixture.Lane);
        await cancelled.Fails(ErrorCode.Cancelled);
        run.Complete();
        await ExecutorBatchTests.All([first, last]);
        Assert.That(fixture.Observer.Stops, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task ExecuteAsync_CancelledAfterTheRun_AnswerIsGiven()
    {
        await using var fixture = new QueueFixture();
        using var source = new CancellationTokenSource();
        var call = fixture.Send(cancellation: source.Token);
        var run = fixture.Pool.Take()!;
        run.Execute(fixture.Lane);
        await source.CancelAsync();
        run.Complete();
        await call.Succeeds();
        Assert.That((fixture.Lane.Terminations, fixture.Lane.Resets), Is.EqualTo((0, 0)));
        Assert.That(fixture.Observer.Stops, Is.Empty);
    }
}
