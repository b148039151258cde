using Inference.Domain.SharedMemory;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>A machine whose clients share nothing.</summary>
internal sealed class NoSharedMemory : ISystemSharedMemory, ICudaSharedMemory
{
    public string? Unavailable => "the test has none";

    public SharedRegion Open(string name, string key, long offset, long byteSize) => throw new InvalidOperationException("There are no objects.");

    public SharedRegion Open(string name, ReadOnlySpan<byte> handle, int device, long byteSize) => throw new InvalidOperationException("There is no device.");
}
