using System.Runtime.InteropServices;

namespace Inference.Infra.OnnxRuntime.SharedMemory;

/// <summary>The calls of the CUDA runtime and driver that shared device memory needs, of whichever version is installed. Thread-safe.</summary>
internal sealed unsafe class CudaLibrary
{
    private const int ToDevice = 1;
    private const int ToHost = 2;
    private const uint LazyPeerAccess = 1;
    private static readonly string[] RuntimeNames = ["libcudart.so.13", "libcudart.so.12", "libcudart.so"];
    private static readonly string[] DriverNames = ["libcuda.so.1", "libcuda.so"];

    private readonly delegate* unmanaged<int, int> _setDevice;
    private readonly delegate* unmanaged<nint*, IpcHandle, uint, int> _openHandle;
    private readonly delegate* unmanaged<nint, int> _closeHandle;
    private readonly delegate* unmanaged<nint, nint, nuint, int, int> _copy;
    private readonly delegate* unmanaged<int, nint> _errorText;
    private readonly delegate* unmanaged<nint*, nuint*, nint, int> _addressRange;

    private CudaLibrary(nint runtime, nint driver)
    {
        _setDevice = (delegate* unmanaged<int, int>)NativeLibrary.GetExport(runtime, "cudaSetDevice");
        _openHandle = (delegate* unmanaged<nint*, IpcHandle, uint, int>)NativeLibrary.GetExport(runtime, "cudaIpcOpenMemHandle");
        _closeHandle = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(runtime, "cudaIpcCloseMemHandle");
        _copy = (delegate* unmanaged<nint, nint, nuint, int, int>)NativeLibrary.GetExport(runtime, "cudaMemcpy");
        _errorText = (delegate* unmanaged<int, nint>)NativeLibrary.GetExport(runtime, "cudaGetErrorString");
        _addressRange = (delegate* unmanaged<nint*, nuint*, nint, int>)NativeLibrary.GetExport(driver, "cuMemGetAddressRange_v2");
    }

    /// <summary>Loads it; null where it is not installed.</summary>
    public static CudaLibrary? Load()
    {
        if (Find(RuntimeNames) is not { } runtime || Find(DriverNames) is not { } driver)
            return null;
        try
        {
            return new CudaLibrary(runtime, driver);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Opens memory of another process; the pointer is one of the device.</summary>
    /// <returns>Why not; null where it is open.</returns>
    public string? Open(int device, ReadOnlySpan<byte> handle, out nint pointer)
    {
        var opened = default(nint);
        var error = _setDevice(device);
        if (error == 0)
            error = _openHandle(&opened, MemoryMarshal.Read<IpcHandle>(handle), LazyPeerAccess);
        pointer = opened;
        return Text(error);
    }

    /// <summary>Bytes from the pointer to the end of the allocation that it points into; 0 where that cannot be told.</summary>
    public long BytesBehind(nint pointer)
    {
        nint start;
        nuint size;
        return _addressRange(&start, &size, pointer) == 0 ? (long)size - (pointer - start) : 0;
    }

    /// <summary>Closes what <see cref="Open"/> has opened.</summary>
    public void Close(int device, nint pointer)
    {
        if (_setDevice(device) == 0)
            _ = _closeHandle(pointer);
    }

    /// <summary>Copies from the device, and waits for it.</summary>
    /// <returns>Why not; null where it is copied.</returns>
    public string? CopyToHost(int device, nint source, Span<byte> target)
    {
        fixed (byte* bytes = target)
            return Copy(device, (nint)bytes, source, target.Length, ToHost);
    }

    /// <summary>Copies to the device, and waits for it.</summary>
    /// <returns>Why not; null where it is copied.</returns>
    public string? CopyToDevice(int device, ReadOnlySpan<byte> source, nint target)
    {
        fixed (byte* bytes = source)
            return Copy(device, target, (nint)bytes, source.Length, ToDevice);
    }

    private string? Copy(int device, nint target, nint source, int length, int direction)
    {
        var error = _setDevice(device);
        return Text(error == 0 ? _copy(target, source, (nuint)length, direction) : error);
    }

    private string? Text(int error) => error == 0 ? null : Marshal.PtrToStringUTF8(_errorText(error)) ?? $"error {error}";

    private static nint? Find(string[] names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, out var library))
                return library;
        }

        return null;
    }

    /// <summary><c>cudaIpcMemHandle_t</c>.</summary>
    [StructLayout(LayoutKind.Sequential, Size = Bytes)]
    public struct IpcHandle
    {
        /// <summary>Its size.</summary>
        public const int Bytes = 64;

        private readonly byte _first;
    }
}
