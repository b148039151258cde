namespace Inference.Domain.SharedMemory;

/// <summary>Memory of CUDA devices that other processes share. Thread-safe.</summary>
public interface ICudaSharedMemory
{
    /// <summary>Why there is none here; null where there may be.</summary>
    string? Unavailable { get; }

    /// <summary>Opens memory that a client shares.</summary>
    /// <param name="name">The name that clients call the region by.</param>
    /// <param name="handle">The client's <c>cudaIpcMemHandle_t</c>, 64 bytes.</param>
    /// <param name="device">Index of the device.</param>
    /// <param name="byteSize">Bytes of the region, at least 1.</param>
    /// <returns>The region, the caller's to release.</returns>
    /// <exception cref="InferenceException">NotSupported; InvalidArgument where CUDA refuses the handle.</exception>
    SharedRegion Open(string name, ReadOnlySpan<byte> handle, int device, long byteSize);
}
