using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>Runs that fail, and outputs that cannot be handed out.</summary>
[TestFixture]
internal sealed class ExecutorFailureTests
{
    private const float Guilty = 2;

    [Test]
    public async Task ExecuteAsync_OneOfABatchIsGuilty_OnlyThatOneFails()
    {
        await using var fixture = new QueueFixture(model: FailsOn(new InferenceException(ErrorCode.InvalidArgument, "2 is odd")));
        var calls = fixture.SendAll(1, 1, 3);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(4));
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(4));
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 5, 1, 1, 3 }));
        var error = await calls[1].Fails(ErrorCode.InvalidArgument);
        Assert.That(error.Message, Is.EqualTo("2 is odd"));
        await ExecutorBatchTests.All([calls[0], calls[2]]);
        Assert.That(calls[2].Context.BatchRows, Is.EqualTo(3), "the run that answered it");
        Assert.That(calls[2].Context.Timings.Queue, Is.EqualTo(fixture.Ticks(TimeSpan.FromMilliseconds(4))));
        Assert.That(fixture.Observer.Runs.Select(r => r.Succeeded), Is.EqualTo(new[] { false, true, false, true }));
    }

    [Test]
    public async Task ExecuteAsync_ModelAlwaysFails_EachRunsExactlyOnceMore()
    {
        await using var fixture = new QueueFixture(model: _ => throw new InvalidOperationException("broken\nin two lines"));
        var calls = fixture.SendAll(1, 1, 1);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(4));
        foreach (var call in calls)
        {
            var error = await call.Fails(ErrorCode.ExecutionFailed);
            Assert.That(error.Message, Is.EqualTo($"{QueueFixture.Label}: the run failed: broken?in two lines"));
        }
    }

    [Test]
    public async Task ExecuteAsync_OutOfMemory_ErrorIsToldAndTheLaneStaysUsable()
    {
        var fails = true;
        await using var fixture = new QueueFixture(model: x => fails ? throw new InsufficientMemoryException() : RowModel.Run(x));
        var call = fixture.Send();
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await call.Fails(ErrorCode.ExecutionFailed);
        fails = false;
        call = fixture.Send();
        fixture.Pool.RunAll();
        await call.Succeeds();
    }

    [Test]
    public async Task ExecuteAsync_RetriedOnesGoBeforeOthers()
    {
        await using var fixture = new QueueFixture(model: FailsOn(new InvalidOperationException("broken")));
        var calls = fixture.SendAll(1, 1);
        fixture.Pool.RunOne();
        var later = fixture.Send(5);
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 2, 1, 1, 5 }));
        await calls[1].Fails(ErrorCode.ExecutionFailed);
        await ExecutorBatchTests.All([calls[0], later]);
    }

    [Test]
    public async Task ExecuteAsync_CancelledWhileItsBatchFails_IsNotRunAgain()
    {
        await using var fixture = new QueueFixture(model: FailsOn(new InvalidOperationException("broken")));
        using var source = new CancellationTokenSource();
        var call = fixture.Send(cancellation: source.Token);
        var guilty = fixture.Send();
        var run = fixture.Pool.Take()!;
        run.Execute(fixture.Lane);

        // Its answer is decided, so that the cancellation alone ends nothing.
        await source.CancelAsync();
        run.Complete();
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await call.Fails(ErrorCode.Cancelled);
        await guilty.Fails(ErrorCode.ExecutionFailed);
    }

    [Test]
    public async Task ExecuteAsync_DeadlinePassesBeforeItsSecondRun_DoesNotRunAgain()
    {
        await using var fixture = new QueueFixture(model: FailsOn(new InvalidOperationException("broken")));
        var call = fixture.Send(deadline: TimeSpan.FromSeconds(1));
        var guilty = fixture.Send();
        fixture.Pool.RunOne();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await call.Fails(ErrorCode.DeadlineExceeded);
        await guilty.Fails(ErrorCode.ExecutionFailed);
    }

    [Test]
    public async Task ExecuteAsync_UnloadedBetweenTheRuns_IsNotBlamedForTheOther()
    {
        await using var fixture = new QueueFixture(model: FailsOn(new InferenceException(ErrorCode.InvalidArgument, "2 is odd")));
        var calls = fixture.SendAll(1, 1);
        var run = fixture.Pool.Take()!;
        run.Execute(fixture.Lane);
        fixture.Pool.WhileDisposed = run.Complete;
        await fixture.Executor.DisposeAsync();
        foreach (var call in calls)
            await call.Fails(ErrorCode.NotReady);
    }

    [Test]
    public async Task ExecuteAsync_OutputWithoutARowForEachRow_RightAnswersAndNoSharingFromThen()
    {
        await using var fixture = new QueueFixture(model: RowModel.RunSum);
        var calls = fixture.SendAll(2, 1);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(3));
        Assert.That((await Sum(calls[0]), await Sum(calls[1])), Is.EqualTo((0 + 1 + 2 + 3, 4 + 5)));
        calls = fixture.SendAll(1, 1, 100);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(3), "neither shared nor split");
        foreach (var call in calls)
            await Sum(call);
        Assert.That(fixture.Executor.Shares, Is.False);
    }

    [Test]
    public async Task ExecuteAsync_OutputIsAScalar_EachGetsItsOwnRun()
    {
        await using var fixture = new QueueFixture(model: _ => new TensorSet().Add("y", Tensor.Allocate(TensorType.Float32, TensorShape.Scalar)));
        var calls = fixture.SendAll(1, 1);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(3));
        foreach (var call in calls)
            (await call.Outputs()).Dispose();
    }

    internal static Func<TensorSet, TensorSet> FailsOn(Exception error, float value = Guilty) =>
        inputs => inputs.Get("x").AsSpan<float>().Contains(value) ? throw error : RowModel.Run(inputs);

    private static async Task<float> Sum(Call call)
    {
        using var outputs = await call.Outputs();
        return outputs.Get("y").AsSpan<float>()[0];
    }
}
