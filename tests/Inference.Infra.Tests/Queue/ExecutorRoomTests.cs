using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Queue.Waiting;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>Requests of streams, which wait for room instead of being refused.</summary>
[TestFixture]
internal sealed class ExecutorRoomTests
{
    private static readonly ExecutionOptions TwoRows = new() { Queue = new QueueOptions { MaxRows = 2 }, Batching = new BatchingOptions { MaxRows = 2 } };

    [Test]
    public async Task ExecuteAsync_QueueIsFull_WaitsAndGetsInInOrder()
    {
        await using var fixture = new QueueFixture(TwoRows);
        var calls = Enumerable.Range(0, 7).Select(_ => fixture.Send(waits: true)).ToList();
        Assert.That(fixture.Executor.Load, Is.EqualTo(new QueueLoad(2, 2, 16, 5)));
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(4));
        Assert.That(fixture.Lane.Seen.SelectMany(v => v), Is.EqualTo(Enumerable.Range(0, 14)));
        await ExecutorBatchTests.All(calls);
        Assert.That(fixture.Observer.Refusals, Is.Empty);
    }

    [Test]
    public async Task ExecuteAsync_RoomByACancellation_NextGetsIn()
    {
        await using var fixture = new QueueFixture(TwoRows);
        using var source = new CancellationTokenSource();
        var first = fixture.Send();
        var cancelled = fixture.Send(cancellation: source.Token);
        var blocked = fixture.Send(waits: true);
        Assert.That(fixture.Executor.Load.Blocked, Is.EqualTo(1));
        await source.CancelAsync();
        await cancelled.Fails(ErrorCode.Cancelled);
        Assert.That(fixture.Executor.Load, Is.EqualTo(new QueueLoad(2, 2, 16, 0)));
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All([first, blocked]);
    }

    [Test]
    public async Task ExecuteAsync_OneThatWaitsForRoomLeaves_NextGetsIn()
    {
        await using var fixture = new QueueFixture(TwoRows);
        using var source = new CancellationTokenSource();
        var queued = fixture.Send();
        var tooLarge = fixture.Send(2, waits: true, cancellation: source.Token);
        var small = fixture.Send(waits: true);
        Assert.That(fixture.Executor.Load.Blocked, Is.EqualTo(2), "nobody is passed by");
        await source.CancelAsync();
        await tooLarge.Fails(ErrorCode.Cancelled);
        Assert.That(fixture.Executor.Load.Blocked, Is.Zero);
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All([queued, small]);
    }

    [Test]
    public async Task ExecuteAsync_DeadlinePassesWhileItWaitsForRoom_Told()
    {
        await using var fixture = new QueueFixture(TwoRows);
        var queued = fixture.Send(2);
        var blocked = fixture.Send(waits: true, deadline: TimeSpan.FromSeconds(1));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await blocked.Fails(ErrorCode.DeadlineExceeded);
        fixture.Pool.RunAll();
        await queued.Succeeds();
        Assert.That(fixture.Observer.Stops, Is.EqualTo(new[] { (StopPlace.Queued, StopCause.Deadline) }));
    }

    [Test]
    public async Task ExecuteAsync_LowerLevelWaitsForRoomOfItsOwn_HigherOneIsNotHeldUp()
    {
        var queue = new QueueOptions { PriorityLevels = 2, DefaultPriority = 1, Levels = [new PriorityLevelOptions(2) { MaxRows = 1 }] };
        await using var fixture = new QueueFixture(new ExecutionOptions { Queue = queue });
        var low = new[] { fixture.Send(priority: 2, waits: true), fixture.Send(priority: 2, waits: true) };
        Assert.That(fixture.Executor.Load.Blocked, Is.EqualTo(1));
        var high = fixture.Send(priority: 1, waits: true);
        Assert.That(fixture.Executor.Load, Is.EqualTo(new QueueLoad(2, 2, 16, 1)));
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All([.. low, high]);
    }

    [Test]
    public async Task ExecuteAsync_LevelsWaitForRoom_HigherOneGoesFirst()
    {
        var options = TwoRows with { Queue = new QueueOptions { MaxRows = 1, PriorityLevels = 2, DefaultPriority = 2 }, Batching = new BatchingOptions { MaxRows = 1 } };
        await using var fixture = new QueueFixture(options);
        var calls = new[] { fixture.Send(waits: true), fixture.Send(waits: true), fixture.Send(waits: true, priority: 1) };
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Seen.Select(v => v[0]), Is.EqualTo(new[] { 0, 4, 2 }));
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task ExecuteAsync_RoomByAnotherModelsQueue_GetsIn()
    {
        var budget = new QueueBudget(16);
        await using var other = new QueueFixture(budget: budget);
        await using var fixture = new QueueFixture(budget: budget);
        var first = other.Send(2);
        var blocked = new[] { fixture.Send(waits: true), fixture.Send(waits: true) };
        Assert.That(fixture.Executor.Load, Is.EqualTo(new QueueLoad(0, 0, 0, 2)));
        other.Pool.RunAll();
        await first.Succeeds();
        Assert.That(() => fixture.Executor.Load.Requests, Is.EqualTo(2).After(30_000, 1), "told on another thread");
        Assert.That(() => fixture.Pool.RunAll(), Is.EqualTo(1).After(30_000, 1), "and signalled");
        await ExecutorBatchTests.All(blocked);
    }
}
