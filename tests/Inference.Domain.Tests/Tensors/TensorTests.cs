using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Tensors;

internal sealed class TensorTests
{
    [Test]
    public void From_Values_HoldsACopy()
    {
        float[] values = [1, 2, 3, 4];
        using var tensor = Tensor.From<float>(TensorType.Float32, TensorShape.Of(2, 2), values);
        values[0] = 9;
        Assert.That(tensor.AsSpan<float>().ToArray(), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
        Assert.That(tensor.ToString(), Is.EqualTo("FP32[2,2]"));
    }

    [TestCase(3)]
    [TestCase(5)]
    public void From_OtherNumberOfValues_IsRefusedAndGivesTheMemoryBack(int count)
    {
        var before = TensorPool.Shared.Rented;
        Assert.That(DomainErrors.InvalidArgument(() => Tensor.From<float>(TensorType.Float32, TensorShape.Of(2, 2), new float[count])), Does.Contain("expected 16"));
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(before));
    }

    [Test]
    public void Allocate_Bytes_IsRefused() =>
        Assert.That(DomainErrors.InvalidArgument(() => Tensor.Allocate(TensorType.Bytes, TensorShape.Of(1))), Does.Contain("BytesTensorBuilder"));

    [Test]
    public void Allocate_TooLarge_IsRefused()
    {
        Assert.That(DomainErrors.InvalidArgument(() => Tensor.Allocate(TensorType.Float64, TensorShape.Of(long.MaxValue))), Does.Contain("overflows 64 bits"));
        Assert.That(DomainErrors.InvalidArgument(() => Tensor.Allocate(TensorType.Float64, TensorShape.Of(1 << 28))), Does.Contain("at most 1073741824 bytes"));
    }

    [Test]
    public void Allocate_NoElements_IsEmpty()
    {
        using var tensor = Tensor.Allocate(TensorType.Float32, TensorShape.Of(0, 5));
        Assert.That(tensor.Data.Length, Is.Zero);
    }

    [Test]
    public void Wrap_Memory_IsNotCopied()
    {
        var memory = new byte[4];
        using var tensor = Tensor.Wrap("x", TensorType.UInt8, TensorShape.Of(4), memory);
        memory[2] = 7;
        Assert.That(tensor.AsSpan<byte>()[2], Is.EqualTo(7));
    }

    [Test]
    public void Wrap_WrongData_LeavesTheBufferToTheCaller()
    {
        var buffer = new CountingBuffer();
        DomainErrors.InvalidArgument(() => Tensor.Wrap("x", TensorType.Float32, TensorShape.Of(2), buffer.Memory, buffer));
        Assert.That(buffer.Returned, Is.Zero);
        buffer.Release();
        Assert.That(buffer.Returned, Is.EqualTo(1));
    }

    [Test]
    public void Dispose_LastOfShares_ReturnsTheBufferOnce()
    {
        var buffer = new CountingBuffer();
        var tensor = Tensor.Wrap("x", TensorType.UInt8, TensorShape.Of(4), buffer.Memory, buffer);
        var share = tensor.Share();
        var slice = share.Slice(TensorShape.Of(2), 1, 2);
        tensor.Dispose();
        tensor.Dispose();
        share.Dispose();
        Assert.That(buffer.Returned, Is.Zero);
        Assert.That(slice.AsSpan<byte>().ToArray(), Is.EqualTo(new byte[] { 1, 2 }));
        slice.Dispose();
        Assert.That(buffer.Returned, Is.EqualTo(1));
    }

    [Test]
    public void Share_AfterDispose_IsRefused()
    {
        var tensor = Tensor.Allocate(TensorType.UInt8, TensorShape.Of(4));
        tensor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Share());
    }

    [Test]
    public void Slice_ThatDoesNotFitItsShape_IsRefusedAndHoldsNothing()
    {
        var buffer = new CountingBuffer();
        var tensor = Tensor.Wrap("x", TensorType.UInt8, TensorShape.Of(4), buffer.Memory, buffer);
        DomainErrors.InvalidArgument(() => tensor.Slice(TensorShape.Of(3), 0, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => tensor.Slice(TensorShape.Of(3), 2, 3));
        tensor.Dispose();
        Assert.That(buffer.Returned, Is.EqualTo(1));
    }

    [Test]
    public void Build_OtherNumberOfElements_IsRefused() =>
        Assert.That(DomainErrors.InvalidArgument(() => new BytesTensorBuilder().Add("a").Add("é").Build(TensorShape.Of(3), "x")), Does.Contain("holds 2 elements, expected 3"));

    [Test]
    public void Release_OnceTooOften_IsRefused()
    {
        var buffer = new CountingBuffer();
        buffer.Retain();
        buffer.Release();
        buffer.Release();
        Assert.Throws<ObjectDisposedException>(buffer.Release);
        Assert.Throws<ObjectDisposedException>(buffer.Retain);
        Assert.That(buffer.Returned, Is.EqualTo(1));
    }

    [Test]
    public void RetainAndRelease_FromManyThreads_ReturnsOnce()
    {
        for (var round = 0; round < 50; round++)
        {
            var buffer = new CountingBuffer();
            for (var i = 0; i < 400; i++)
                buffer.Retain();
            Parallel.For(0, 401, _ => buffer.Release());
            Assert.That(buffer.Returned, Is.EqualTo(1));
        }
    }

    private sealed class CountingBuffer : TensorBuffer
    {
        private int _returned;

        public int Returned => _returned;

        public override Memory<byte> Memory { get; } = new byte[] { 0, 1, 2, 3 };

        protected override void Return() => Interlocked.Increment(ref _returned);
    }
}
