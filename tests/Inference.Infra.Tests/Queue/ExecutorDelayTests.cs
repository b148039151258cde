using Inference.Domain;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>A delay that somebody asked for, on a clock that the test moves.</summary>
[TestFixture]
internal sealed class ExecutorDelayTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(100);

    [Test]
    public async Task Next_DelayIsNotOver_WaitsForOthersAndRunsThenTogether()
    {
        await using var fixture = Fixture();
        var first = fixture.Send();
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        fixture.Time.Advance(Delay * 0.9);
        var second = fixture.Send();
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        fixture.Time.Advance(Delay * 0.1);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1), "the timer signals");
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 2 }));
        await ExecutorBatchTests.All([first, second]);
    }

    [Test]
    public async Task Next_BatchIsFull_DoesNotWait()
    {
        await using var fixture = Fixture(maxRows: 4);
        var calls = fixture.SendAll(1, 3);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task Next_NoMoreBytesFit_DoesNotWait()
    {
        await using var fixture = new QueueFixture(ExecutorBatchTests.With(b => b with { MaxDelay = Delay, MaxBytes = 16 }));
        var calls = fixture.SendAll(1, 1);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task Next_DeadlineOfALaterOne_DelayEndsBefore()
    {
        await using var fixture = Fixture();
        var first = fixture.Send();
        var hurried = fixture.Send(deadline: Delay / 2);
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        fixture.Time.Advance(Delay / 2 - TimeSpan.FromMilliseconds(1));
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await ExecutorBatchTests.All([first, hurried]);
    }

    [Test]
    public async Task Next_QueueTimeoutShorterThanTheDelay_RunsBefore()
    {
        await using var fixture = Fixture();
        var call = fixture.Send(queueDeadline: Delay / 2);
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        fixture.Time.Advance(Delay / 2 - TimeSpan.FromMilliseconds(1));
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await call.Succeeds();
    }

    [Test]
    public async Task Next_AnotherSignatureIsFull_RunsThoughTheOlderOneWaits()
    {
        await using var fixture = new QueueFixture(ExecutorBatchTests.With(b => b with { MaxDelay = Delay, MaxRows = 4 }), RowModel.Variable);
        var waiting = fixture.Send(columns: 3);
        var full = fixture.Send(rows: 4, columns: 5);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await full.Succeeds();
        fixture.Time.Advance(Delay);
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await waiting.Succeeds();
    }

    [Test]
    public async Task Next_PreferredRowsReached_DoesNotWait()
    {
        await using var fixture = new QueueFixture(ExecutorBatchTests.With(b => b with { MaxDelay = Delay, PreferredRows = [4] }));
        var calls = fixture.SendAll(1, 1, 1);
        Assert.That(fixture.Pool.RunAll(), Is.Zero);
        var last = fixture.Send();
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(1));
        await ExecutorBatchTests.All([.. calls, last]);
    }

    [Test]
    public async Task Next_OneLeavesWhileOthersWait_TheOthersRunInTime()
    {
        await using var fixture = Fixture();
        using var source = new CancellationTokenSource();
        var cancelled = fixture.Send(cancellation: source.Token);
        fixture.Pool.RunAll();
        fixture.Time.Advance(Delay / 2);
        var other = fixture.Send();
        fixture.Pool.RunAll();
        await source.CancelAsync();
        await cancelled.Fails(ErrorCode.Cancelled);
        fixture.Time.Advance(Delay / 2);
        fixture.Pool.RunAll();
        fixture.Time.Advance(Delay / 2);
        fixture.Pool.RunAll();
        await other.Succeeds();
    }

    private static QueueFixture Fixture(int maxRows = 64) => new(ExecutorBatchTests.With(b => b with { MaxDelay = Delay, MaxRows = maxRows }));
}
