using Inference.Domain;
using Inference.Domain.SharedMemory;
using Inference.Infra.OnnxRuntime.Hosting;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.OnnxRuntime.SharedMemory;

/// <summary>Device memory that clients share by handles of CUDA's inter-process communication; in the cuda build alone. Thread-safe.</summary>
public sealed class CudaSharedMemory : ICudaSharedMemory
{
    private const string Provider = "CUDAExecutionProvider";
    private readonly Lazy<(CudaLibrary? Library, string? Missing)> _cuda;

    /// <summary>Creates it; CUDA is looked for when it is asked for.</summary>
    public CudaSharedMemory(OnnxRuntimeSettings settings, ILogger<OnnxModelRuntime> logger) =>
        _cuda = new Lazy<(CudaLibrary?, string?)>(() => Find(OnnxRuntimeEnvironment.Open(settings, logger).GetAvailableProviders()));

    /// <inheritdoc/>
    public string? Unavailable => _cuda.Value.Missing;

    /// <inheritdoc/>
    public SharedRegion Open(string name, ReadOnlySpan<byte> handle, int device, long byteSize)
    {
        if (_cuda.Value is not { Library: { } cuda })
            throw new InferenceException(ErrorCode.NotSupported, $"CUDA shared memory is not available: {Unavailable}.");
        if (handle.Length != CudaLibrary.IpcHandle.Bytes)
            throw InferenceException.InvalidArgument($"raw_handle has {handle.Length} bytes; expected a cudaIpcMemHandle_t of {CudaLibrary.IpcHandle.Bytes}.");
        if (cuda.Open(device, handle, out var pointer) is { } error)
            throw InferenceException.InvalidArgument($"CUDA device {device} does not open the handle of region {ErrorText.Quote(name)}: {ErrorText.Bound(error)}. Give the handle of an allocation on that device of a process that is running, other than the server.");
        var real = cuda.BytesBehind(pointer);
        if (byteSize <= real)
            return new CudaRegion(cuda, name, device, pointer, byteSize);
        cuda.Close(device, pointer);
        throw InferenceException.InvalidArgument($"region {ErrorText.Quote(name)} has byte_size {byteSize}, but its allocation has {real} bytes.");
    }

    private static (CudaLibrary? Library, string? Missing) Find(string[] providers)
    {
        if (!providers.Contains(Provider, StringComparer.Ordinal))
            return (null, "this is the cpu build of the server (OnnxRuntimeFlavor=cpu); use the cuda build, or system shared memory");
        return CudaLibrary.Load() is { } library ? (library, null) : (null, "libcudart or libcuda cannot be loaded; install the CUDA runtime that the cuda build needs");
    }
}
