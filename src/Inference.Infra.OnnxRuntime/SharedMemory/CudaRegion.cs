using Inference.Domain;
using Inference.Domain.SharedMemory;

namespace Inference.Infra.OnnxRuntime.SharedMemory;

/// <summary>Device memory of a client. The processor does not reach it, so tensors are copied from and to it. Thread-safe.</summary>
internal sealed class CudaRegion(CudaLibrary cuda, string name, int device, nint pointer, long byteSize) : SharedRegion(name, byteSize)
{
    /// <inheritdoc/>
    public override nint Address => 0;

    /// <inheritdoc/>
    public override UInt128 ObjectId { get; } = new((ulong)device + 1, (ulong)pointer);

    /// <inheritdoc/>
    public override long ObjectOffset => 0;

    /// <summary>Device memory stays for as long as it is open here.</summary>
    public override bool IsLost => false;

    /// <inheritdoc/>
    public override void CheckObject(long offset, long length)
    {
        // It cannot become smaller: an allocation has the size that it was checked to have when the region was opened.
    }

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> target) => Check(cuda.CopyToHost(device, (nint)(pointer + offset), target));

    /// <inheritdoc/>
    public override void Write(long offset, ReadOnlySpan<byte> source) => Check(cuda.CopyToDevice(device, source, (nint)(pointer + offset)));

    /// <inheritdoc/>
    protected override void Close() => cuda.Close(device, pointer);

    private void Check(string? error)
    {
        if (error is not null)
            throw new InferenceException(ErrorCode.RegionLost, $"CUDA shared memory region {ErrorText.Quote(Name)} cannot be used: {ErrorText.Bound(error)}. Unregister it and register it again.");
    }
}
