using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Costs;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>Which runs take the caller's thread, on a clock that only runs move.</summary>
[TestFixture]
internal sealed class ExecutorInlineTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMicroseconds(50);
    private static readonly TimeSpan Short = TimeSpan.FromMicroseconds(10);

    [Test]
    public async Task ExecuteAsync_ShortRuns_GoInlineOnceTheyAreKnown()
    {
        await using var fixture = new QueueFixture(inlineBelow: Limit);
        for (var i = 0; i < RunTimeEstimate.RequiredRuns; i++)
            Assert.That(await RunsInline(fixture, Short), Is.False, $"run {i}");
        Assert.That(await RunsInline(fixture, Short), Is.True);
        Assert.That(fixture.Pool.Returned, Is.EqualTo(1));
    }

    [Test]
    public async Task ExecuteAsync_RunsGrowLong_GoToTheLanesAgain()
    {
        await using var fixture = await WarmUp();
        for (var i = 0; i < 4; i++)
            Assert.That(await RunsInline(fixture, TimeSpan.FromMilliseconds(10)), Is.True, $"long run {i} may be a thread that was put aside");
        Assert.That(await RunsInline(fixture, Short), Is.False);
        for (var i = 0; i < 60; i++)
            await RunsInline(fixture, Short);
        Assert.That(await RunsInline(fixture, Short), Is.True, "short again");
    }

    [Test]
    public async Task ExecuteAsync_SizeThatIsNotKnown_GoesToTheLanes()
    {
        await using var fixture = await WarmUp();
        Assert.That(await RunsInline(fixture, Short, rows: 40), Is.False);
        Assert.That(await RunsInline(fixture, Short), Is.True);
    }

    [Test]
    public async Task ExecuteAsync_Zero_NeverInline()
    {
        await using var fixture = new QueueFixture();
        for (var i = 0; i < 40; i++)
            Assert.That(await RunsInline(fixture, Short), Is.False);
    }

    [Test]
    public async Task ExecuteAsync_NoLaneToBeHad_GoesToTheLanes()
    {
        await using var fixture = await WarmUp();
        fixture.Pool.Inline = null;
        var call = fixture.Send();
        Assert.That(call.IsDone, Is.False);
        fixture.Pool.RunAll();
        await call.Succeeds();
    }

    [Test]
    public async Task ExecuteAsync_SomebodyWaits_IsNotPassedBy()
    {
        await using var fixture = await WarmUp();
        var large = fixture.Send(40);
        var behind = fixture.Send();
        Assert.That(behind.IsDone, Is.False);
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All([large, behind]);
    }

    [Test]
    public async Task ExecuteAsync_InlineRun_IsTimedAndToldLikeAnother()
    {
        await using var fixture = await WarmUp();
        var runs = fixture.Observer.Runs.Count;
        fixture.Pool.Inline!.During = () => fixture.Time.Advance(Short);
        var call = fixture.Send();
        await call.Succeeds();
        var ticks = fixture.Ticks(Short);
        Assert.That((call.Context.Timings.Execute, call.Context.Timings.Queue, call.Context.BatchRows), Is.EqualTo((ticks, 0, 1)));
        Assert.That(fixture.Observer.Runs[runs..], Is.EqualTo(new[] { new RunReport(1, 1, 0, ticks, 0, true) }));
    }

    [Test]
    public async Task ExecuteAsync_InlineRunIsCancelled_EndsWithCancelled()
    {
        await using var fixture = await WarmUp();
        using var source = new CancellationTokenSource();
        fixture.Pool.Inline!.During = source.Cancel;
        var call = fixture.Send(cancellation: source.Token);
        Assert.That(call.IsDone, Is.True);
        await call.Fails(ErrorCode.Cancelled);
        Assert.That((fixture.Pool.Inline.Terminations, fixture.Pool.Inline.Resets), Is.EqualTo((1, 1)));
        Assert.That(fixture.Observer.Stops, Is.EqualTo(new[] { (StopPlace.Running, StopCause.Cancelled) }));
        Assert.That(await RunsInline(fixture, Short), Is.True);
    }

    [Test]
    public async Task ExecuteAsync_CancelledAfterAnInlineRun_LeavesTheLaneAlone()
    {
        await using var fixture = await WarmUp();
        using var source = new CancellationTokenSource();
        await fixture.Send(cancellation: source.Token).Succeeds();
        await source.CancelAsync();
        Assert.That(fixture.Pool.Inline!.Terminations, Is.Zero);
    }

    [Test]
    public async Task ExecuteAsync_InlineRunIsCancelledByAnotherThread_TheLaneComesBackWhenThatIsDoneWithIt()
    {
        await using var fixture = await WarmUp();
        using var source = new CancellationTokenSource();
        using var terminating = new ManualResetEventSlim();
        using var proceeds = new ManualResetEventSlim();
        fixture.Pool.Inline!.WhenTerminated = () =>
        {
            terminating.Set();
            proceeds.Wait();
        };
        var cancelling = Task.CompletedTask;
        fixture.Pool.Inline.During = () =>
        {
            cancelling = Task.Run(source.Cancel);
            terminating.Wait();
        };
        var returned = fixture.Pool.Returned;

        var sending = Task.Run(() => fixture.Send(cancellation: source.Token));
        terminating.Wait();
        Assert.That(fixture.Pool.Returned, Is.EqualTo(returned));
        proceeds.Set();
        await (await sending).Fails(ErrorCode.Cancelled);
        await cancelling;

        Assert.That((fixture.Pool.Returned, fixture.Pool.Inline.Resets), Is.EqualTo((returned + 1, 1)));
    }

    [Test]
    public async Task ExecuteAsync_InlineRunWithoutADeadline_TakesNoMemoryBeyondTheRuns()
    {
        await using var fixture = await WarmUp();
        using var source = new CancellationTokenSource();
        using var inputs = new TensorSet().Add("x", Tensor.Allocate(TensorType.Float32, TensorShape.Of(1, 2)));
        var context = new RequestContext("request", source.Token);
        var (alone, queued) = (long.MaxValue, long.MaxValue);
        for (var i = 0; i < 20; i++)
        {
            var start = GC.GetAllocatedBytesForCurrentThread();
            using var outputs = fixture.Pool.Inline!.Run(inputs);
            alone = Math.Min(alone, GC.GetAllocatedBytesForCurrentThread() - start);

            start = GC.GetAllocatedBytesForCurrentThread();
            var answer = fixture.Executor.ExecuteAsync(inputs, context);
            queued = Math.Min(queued, GC.GetAllocatedBytesForCurrentThread() - start);
            Assert.That(answer.IsCompletedSuccessfully, Is.True);
            (await answer).Dispose();
        }

        Assert.That(queued, Is.EqualTo(alone));
    }

    [Test]
    public async Task ExecuteAsync_DeadlinePassesDuringAnInlineRun_EndsWithDeadlineExceeded()
    {
        await using var fixture = await WarmUp();
        fixture.Pool.Inline!.During = () => fixture.Time.Advance(TimeSpan.FromSeconds(1));
        var call = fixture.Send(deadline: TimeSpan.FromSeconds(1));
        await call.Fails(ErrorCode.DeadlineExceeded);
        Assert.That((fixture.Pool.Inline.Terminations, fixture.Pool.Inline.Resets), Is.EqualTo((1, 1)));
        Assert.That(fixture.Observer.Stops, Is.EqualTo(new[] { (StopPlace.Running, StopCause.Deadline) }));
    }

    [Test]
    public async Task ExecuteAsync_InlineRunThrows_ErrorIsToldAndTheLaneIsGivenBack()
    {
        var fails = false;
        await using var fixture = new QueueFixture(inlineBelow: Limit, model: x => fails ? throw new InvalidOperationException("broken") : RowModel.Run(x));
        await fixture.Learn(Short);
        var returned = fixture.Pool.Returned;
        fails = true;
        var error = await fixture.Send().Fails(ErrorCode.ExecutionFailed);
        Assert.That(error.Message, Is.EqualTo($"{QueueFixture.Label}: the run failed: broken"));
        Assert.That(fixture.Pool.Returned, Is.EqualTo(returned + 1));
    }

    private static async Task<QueueFixture> WarmUp()
    {
        var fixture = new QueueFixture(inlineBelow: Limit);
        for (var i = 0; i < RunTimeEstimate.RequiredRuns; i++)
            await RunsInline(fixture, Short);
        return fixture;
    }

    private static async Task<bool> RunsInline(QueueFixture fixture, TimeSpan duration, int rows = 1)
    {
        fixture.Lane.During = fixture.Pool.Inline!.During = () => fixture.Time.Advance(duration);
        var call = fixture.Send(rows);
        var isInline = call.IsDone;
        if (!isInline)
            Assert.That(fixture.Pool.RunOne(), Is.True);
        fixture.Lane.During = fixture.Pool.Inline.During = null;
        await call.Succeeds();
        return isInline;
    }
}
