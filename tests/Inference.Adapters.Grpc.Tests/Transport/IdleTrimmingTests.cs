using Inference.Adapters.Grpc.Transport;
using Inference.Domain.Tensors;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Adapters.Grpc.Tests.Transport;

internal sealed class IdleTrimmingTests
{
    [Test]
    public async Task Period_PassesTwiceWithoutUse_FreesWhatThePoolsKept()
    {
        var (blocks, tensors, time) = (new BlockStore(64 << 20), new TensorPool(64 << 20), new FakeTimeProvider());
        using var trimming = new IdleTrimming(blocks, tensors, time);
        await trimming.StartAsync(CancellationToken.None);
        blocks.Rent().Dispose();
        tensors.Rent(1 << 20).Release();

        time.Advance(IdleTrimming.Period);
        Assert.That((blocks.KeptBytes, tensors.RetainedBytes), Is.EqualTo(((long)BlockStore.BlockBytes, 1L << 20)), "both were used in this period");
        time.Advance(IdleTrimming.Period);
        Assert.That((blocks.KeptBytes, tensors.RetainedBytes), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public async Task Stop_TimePasses_NothingIsTrimmedAnyMore()
    {
        var (blocks, tensors, time) = (new BlockStore(64 << 20), new TensorPool(64 << 20), new FakeTimeProvider());
        using var trimming = new IdleTrimming(blocks, tensors, time);
        await trimming.StartAsync(CancellationToken.None);
        await trimming.StopAsync(CancellationToken.None);
        blocks.Rent().Dispose();

        time.Advance(IdleTrimming.Period * 3);

        Assert.That(blocks.KeptBytes, Is.EqualTo(BlockStore.BlockBytes));
    }
}
