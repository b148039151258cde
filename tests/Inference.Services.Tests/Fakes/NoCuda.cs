using Inference.Domain.SharedMemory;

namespace Inference.Services.Tests.Fakes;

/// <summary>A machine without CUDA.</summary>
internal sealed class NoCuda : ICudaSharedMemory
{
    public string? Unavailable => "the test has no device";

    public SharedRegion Open(string name, ReadOnlySpan<byte> handle, int device, long byteSize) => throw new InvalidOperationException("There is no device.");
}
