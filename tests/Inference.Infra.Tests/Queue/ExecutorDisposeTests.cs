using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>Unloading, and a device that stops.</summary>
[TestFixture]
internal sealed class ExecutorDisposeTests
{
    private static readonly ExecutionOptions TwoRows = new() { Queue = new QueueOptions { MaxRows = 2 } };

    [Test]
    public async Task DisposeAsync_RunningQueuedAndBlocked_RunningFinishesAndTheOthersAreRefused()
    {
        await using var fixture = new QueueFixture(TwoRows);
        var running = fixture.Send();
        var run = fixture.Pool.Take()!;
        var queued = fixture.Send(2);
        var blocked = fixture.Send(waits: true);
        fixture.Pool.WhileDisposed = () =>
        {
            run.Execute(fixture.Lane);
            run.Complete();
        };
        await fixture.Executor.DisposeAsync();
        var error = await queued.Fails(ErrorCode.NotReady);
        Assert.That(error.Message, Does.Contain(QueueFixture.Label));
        await blocked.Fails(ErrorCode.NotReady);
        await running.Succeeds();
        await fixture.Send().Fails(ErrorCode.NotReady);
        await fixture.Send(waits: true).Fails(ErrorCode.NotReady);
        Assert.That(fixture.Pool.IsDisposed, Is.True);
        await fixture.Executor.DisposeAsync();
    }

    [Test]
    public async Task DisposeAsync_SplitRequestUnderWay_WholeRequestIsRefused()
    {
        await using var fixture = new QueueFixture(ExecutorBatchTests.With(b => b with { MaxRows = 2 }));
        var call = fixture.Send(20);
        fixture.Pool.RunOne();
        await fixture.Executor.DisposeAsync();
        await call.Fails(ErrorCode.NotReady);
    }

    [Test]
    public async Task ExecuteAsync_DeviceHasStopped_ShuttingDown()
    {
        await using var fixture = new QueueFixture();
        fixture.Pool.IsStopped = true;
        await fixture.Send().Fails(ErrorCode.ShuttingDown);
        await fixture.Send(waits: true).Fails(ErrorCode.ShuttingDown);
    }

    [Test]
    public async Task ExecuteAsync_DeviceStopsBeforeFailedOnesRunAgain_ShuttingDown()
    {
        await using var fixture = new QueueFixture(TwoRows, model: _ => throw new InvalidOperationException("broken"));
        var calls = fixture.SendAll(1, 1);
        var run = fixture.Pool.Take()!;
        var queued = fixture.Send(2);
        var blocked = fixture.Send(waits: true);
        run.Execute(fixture.Lane);
        fixture.Pool.IsStopped = true;
        run.Complete();
        foreach (var call in new[] { calls[0], calls[1], queued, blocked })
            await call.Fails(ErrorCode.ShuttingDown);
    }

    [Test]
    public async Task Stop_AfterTheDisposal_ChangesNothing()
    {
        await using var fixture = new QueueFixture();
        using var source = new CancellationTokenSource();
        var call = fixture.Send(deadline: TimeSpan.FromSeconds(1), cancellation: source.Token);
        await fixture.Executor.DisposeAsync();
        await source.CancelAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        await call.Fails(ErrorCode.NotReady);
        Assert.That(fixture.Observer.Stops, Is.Empty);
    }
}
