using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>Requests of different shapes, and those that are filled up to share a run.</summary>
[TestFixture]
internal sealed class ExecutorSignatureTests
{
    private static readonly ExecutionOptions Padded = ExecutorBatchTests.With(b => b with { Padding = [new PaddedInput("x", -1)] });

    [Test]
    public async Task ExecuteAsync_OtherShapes_ShareNoRun()
    {
        await using var fixture = new QueueFixture(spec: RowModel.Variable);
        var calls = new[] { fixture.Send(columns: 3), fixture.Send(columns: 5), fixture.Send(2, columns: 3), fixture.Send(columns: 5) };
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 3, 2 }));
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task ExecuteAsync_Padded_ShareARunAndGetTheirOwnSizesBack()
    {
        await using var fixture = new QueueFixture(Padded, RowModel.Variable);
        var calls = new[] { fixture.Send(columns: 3), fixture.Send(2, columns: 5), fixture.Send(columns: 1) };
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 4 }));
        Assert.That(fixture.Lane.Seen[0], Is.EqualTo(new[] { 0f, 1, 2, -1, -1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, -1, -1, -1, -1 }));
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task ExecuteAsync_PaddedOfOneSize_NothingIsFilledUp()
    {
        await using var fixture = new QueueFixture(Padded, RowModel.Variable);
        var calls = new[] { fixture.Send(columns: 3), fixture.Send(columns: 3) };
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Seen.Single(), Is.EqualTo(Enumerable.Range(0, 6)));
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task ExecuteAsync_PaddingExceedsTheBytesOfABatch_GoesIntoTheNext()
    {
        var options = Padded with { Batching = Padded.Batching with { MaxBytes = 80 } };
        await using var fixture = new QueueFixture(options, RowModel.Variable);
        var calls = new[] { fixture.Send(columns: 1), fixture.Send(columns: 1), fixture.Send(columns: 10), fixture.Send(columns: 1) };
        fixture.Pool.RunAll();
        Assert.That(fixture.Lane.Runs, Is.EqualTo(new[] { 2, 2 }), "three rows of ten would be 120 bytes");
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task ExecuteAsync_OneOfAPaddedBatchIsCancelled_TheOthersGetTheirRows()
    {
        await using var fixture = new QueueFixture(Padded, RowModel.Variable);
        using var source = new CancellationTokenSource();
        var first = fixture.Send(columns: 4);
        var cancelled = fixture.Send(2, columns: 7, cancellation: source.Token);
        var last = fixture.Send(3, columns: 2);
        fixture.Lane.During = source.Cancel;
        fixture.Pool.RunAll();
        await cancelled.Fails(ErrorCode.Cancelled);
        await ExecutorBatchTests.All([first, last]);
    }

    [Test]
    public async Task ExecuteAsync_ManyShapes_NoneIsKeptForLong()
    {
        await using var fixture = new QueueFixture(spec: RowModel.Variable);
        var calls = Enumerable.Range(1, 100).Select(columns => fixture.Send(columns: columns)).ToList();
        Assert.That(fixture.Pool.RunAll(), Is.EqualTo(100));
        Assert.That(fixture.Lane.Seen.Select(v => v.Length), Is.EqualTo(Enumerable.Range(1, 100)), "in the order in which they came");
        await ExecutorBatchTests.All(calls);
    }
}
