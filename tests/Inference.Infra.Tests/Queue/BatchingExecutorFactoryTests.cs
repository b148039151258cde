using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Queue;
using Inference.Infra.Queue.Waiting;
using Inference.Infra.Tests.Queue.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.Tests.Queue;

[TestFixture]
internal sealed class BatchingExecutorFactoryTests
{
    [Test]
    public async Task Load_RowsOnTheirOwn_Batches()
    {
        var executor = Load(new FakePool(1, RowModel.Run), new BatchingOptions());
        Assert.That(executor.Info.Batching.Enabled, Is.True);
        await executor.DisposeAsync();
    }

    [TestCase(false, false)]
    [TestCase(true, true)]
    public async Task Load_RowsDependOnEachOther_BatchesOnlyWhereAsked(bool isAsked, bool expected)
    {
        var pool = new FakePool(1, RowModel.RunSum);
        var executor = Load(pool, new BatchingOptions { IsAsked = isAsked });
        Assert.That((executor.Info.Batching.Enabled, pool.Returned), Is.EqualTo((expected, 1)));
        await executor.DisposeAsync();
    }

    [Test]
    public async Task Load_NoLaneToTryOn_Batches()
    {
        var executor = Load(new FakePool(1, RowModel.RunSum) { Inline = null }, new BatchingOptions());
        Assert.That(executor.Info.Batching.Enabled, Is.True, "outputs are looked at at every run");
        await executor.DisposeAsync();
    }

    [Test]
    public void Load_PaddingOfWhatTheModelHasNot_LoadFailedAndThePoolIsClosed()
    {
        var pool = new FakePool(1, RowModel.Run);
        var error = Assert.Throws<InferenceException>(() => Load(pool, new BatchingOptions { Padding = [new PaddedInput("nope", 0)] }))!;
        Assert.That((error.Code, pool.IsDisposed), Is.EqualTo((ErrorCode.LoadFailed, true)));
    }

    private static IExecutor Load(FakePool pool, BatchingOptions batching)
    {
        var factory = new BatchingExecutorFactory(new Runtime(pool), new QueueBudget(1000), TimeSpan.Zero, new FakeTimeProvider(), NullLogger<BatchingExecutorFactory>.Instance);
        var artefact = factory.Load("/model", new ExecutionOptions { Batching = batching }, QueueFixture.Label);
        Assert.That(artefact.Spec, Is.EqualTo(RowModel.Fixed));
        return artefact.Executor;
    }

    private sealed class Runtime(FakePool pool) : IModelRuntime
    {
        public OpenedArtefact Open(string artefactPath, ExecutionOptions options, string label) => new(RowModel.Fixed, pool);
    }
}
