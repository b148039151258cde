using CsCheck;
using Inference.Adapters.Grpc.Transport;

namespace Inference.Adapters.Grpc.Tests.Transport;

internal sealed class BlockStoreTests
{
    private const long Plenty = 256L << 20;

    [Test]
    public void Rent_FromManyThreads_NeverGivesABlockToTwo()
    {
        var store = new BlockStore(Plenty);
        Parallel.For(0, 8, worker =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                using var block = store.Rent();
                block.Memory.Span.Fill((byte)worker);
                Assert.That(block.Memory.Span.IndexOfAnyExcept((byte)worker), Is.EqualTo(-1));
            }
        });
        Assert.That(store.Rented, Is.Zero);
        Assert.That(store.KeptBytes, Is.InRange(BlockStore.BlockBytes, Plenty));
    }

    [Test]
    public void Dispose_BeyondWhatIsKept_LetsGo() =>
        Gen.Int[1, 200].Sample(
            blocks =>
            {
                var store = new BlockStore(32 * BlockStore.BlockBytes);
                foreach (var block in Enumerable.Range(0, blocks).Select(_ => store.Rent()).ToList())
                    block.Dispose();
                Assert.That(store.Rented, Is.Zero);
                Assert.That(store.KeptBytes, Is.LessThanOrEqualTo(32 * BlockStore.BlockBytes));
            },
            iter: 50);

    [Test]
    public void TrimIdle_BlocksNotNeededSinceTheLastCall_AreLetGo()
    {
        var store = new BlockStore(Plenty);
        foreach (var block in Enumerable.Range(0, 100).Select(_ => store.Rent()).ToList())
            block.Dispose();
        Assert.That(store.TrimIdle(), Is.Zero, "they were all in use a moment ago");
        Assert.That(store.TrimIdle(), Is.EqualTo(100 * BlockStore.BlockBytes));
        Assert.That((store.KeptBytes, store.Rented), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public void TrimIdle_BlocksInUseAtAnyTimeSince_AreKept()
    {
        var store = new BlockStore(Plenty);
        foreach (var block in Enumerable.Range(0, 100).Select(_ => store.Rent()).ToList())
            block.Dispose();
        store.TrimIdle();
        foreach (var block in Enumerable.Range(0, 40).Select(_ => store.Rent()).ToList())
            block.Dispose();

        store.TrimIdle();

        // Blocks go back to where the thread runs then, which may be another processor than before.
        Assert.That(store.KeptBytes, Is.InRange(40 * BlockStore.BlockBytes, 80 * BlockStore.BlockBytes));
    }

    [Test]
    public void Rent_MoreThanABlockFromThePool_IsRefused()
    {
        using var pool = new BlockPool(new BlockStore(Plenty));
        Assert.That(pool.MaxBufferSize, Is.EqualTo(BlockStore.BlockBytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(BlockStore.BlockBytes + 1));
        using var any = pool.Rent();
        Assert.That(any.Memory.Length, Is.EqualTo(BlockStore.BlockBytes));
    }
}
