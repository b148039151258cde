using CsCheck;
using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Tensors;

internal sealed class TensorPoolTests
{
    [Test]
    public void Rent_AnyLength_IsExactlyThatLongAndAligned() =>
        Gen.Int[0, 100_000].Sample(length =>
        {
            var pool = new TensorPool(1 << 20);
            var buffer = pool.Rent(length);
            using var pin = buffer.Memory.Pin();
            var aligned = Address(pin) % 64 == 0;
            var right = buffer.Memory.Length == length && pool.Rented == 1;
            buffer.Release();
            pool.Trim();
            return right && aligned && pool.Rented == 0 && pool.RetainedBytes == 0;
        });

    [Test]
    public void Rent_AfterRelease_ReusesTheMemoryForTheLengthAsked()
    {
        var pool = new TensorPool(1 << 20);
        var first = pool.Rent(100);
        first.Release();
        Assert.That(pool.RetainedBytes, Is.EqualTo(128));
        var second = pool.Rent(70);
        Assert.That(second, Is.SameAs(first));
        Assert.That((second.Memory.Length, pool.RetainedBytes), Is.EqualTo((70, 0L)));
        second.Release();
        pool.Trim();
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(64)]
    [TestCase(65)]
    [TestCase(128)]
    public void Rent_AroundPowersOfTwo_HasRoom(int length)
    {
        var pool = new TensorPool(0);
        var buffer = pool.Rent(length);
        buffer.Memory.Span.Fill(255);
        Assert.That(buffer.Memory.Length, Is.EqualTo(length));
        buffer.Release();
    }

    [Test]
    public void Release_BeyondWhatIsKept_FreesTheMemory()
    {
        var pool = new TensorPool(200);
        var buffers = Enumerable.Range(0, 3).Select(_ => pool.Rent(128)).ToList();
        var memory = buffers[2].Memory;
        buffers.ForEach(b => b.Release());
        Assert.That((pool.RetainedBytes, pool.Rented), Is.EqualTo((128L, 0L)));
        Assert.Throws<ObjectDisposedException>(() => _ = memory.Span[0]);
        pool.Trim();
    }

    [Test]
    public void TrimIdle_BuffersNotNeededSinceTheLastCall_AreFreedAndOthersKept()
    {
        var pool = new TensorPool(1 << 20);
        var buffers = Enumerable.Range(0, 3).Select(_ => pool.Rent(128)).ToList();
        buffers.ForEach(b => b.Release());
        pool.TrimIdle();
        Assert.That(pool.RetainedBytes, Is.EqualTo(3 * 128), "all were in use a moment ago");

        pool.Rent(128).Release();
        pool.TrimIdle();
        Assert.That(pool.RetainedBytes, Is.EqualTo(128), "one was in use since");

        pool.TrimIdle();
        Assert.That((pool.RetainedBytes, pool.Rented), Is.EqualTo((0L, 0L)));
    }

    [TestCase(-1)]
    [TestCase((1L << 30) + 1)]
    [TestCase(long.MaxValue)]
    public void Rent_LengthThatNoTensorMayHave_IsRefusedAndNotCounted(long length)
    {
        var pool = new TensorPool(0);
        Assert.That(DomainErrors.InvalidArgument(() => pool.Rent(length)), Does.Contain("at most 1073741824 bytes"));
        Assert.That(pool.Rented, Is.Zero);
    }

    [Test]
    public void RentAndRelease_FromManyThreads_NeverGivesABufferToTwo()
    {
        var pool = new TensorPool(1 << 16);
        Parallel.For(0, 8, worker =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                var buffer = pool.Rent(64 + (i % 3 * 100));
                buffer.Memory.Span.Fill((byte)worker);
                if (buffer.Memory.Span.ContainsAnyExcept((byte)worker))
                    throw new InvalidOperationException("another thread wrote into this buffer");
                buffer.Release();
            }
        });
        Assert.That(pool.Rented, Is.Zero);
        Assert.That(pool.RetainedBytes, Is.LessThanOrEqualTo(pool.MaxRetainedBytes));
        pool.Trim();
        Assert.That(pool.RetainedBytes, Is.Zero);
    }

    private static unsafe long Address(in System.Buffers.MemoryHandle pin) => (long)pin.Pointer;
}
