using System.Runtime.InteropServices;

namespace Inference.Infra.Devices;

/// <summary>NVIDIA's management library, which comes with the driver. Its functions are thread-safe.</summary>
internal sealed class NvmlLibrary
{
    private const int Ok = 0;
    private const int NameLength = 96;
    private const uint Gpu = 0;
    private readonly CountFunction _count;
    private readonly HandleFunction _handle;
    private readonly NameFunction _name;
    private readonly MemoryFunction _memory;
    private readonly UtilizationFunction _utilization;
    private readonly TemperatureFunction _temperature;

    private NvmlLibrary(nint library)
    {
        _count = Function<CountFunction>(library, "nvmlDeviceGetCount_v2");
        _handle = Function<HandleFunction>(library, "nvmlDeviceGetHandleByIndex_v2");
        _name = Function<NameFunction>(library, "nvmlDeviceGetName");
        _memory = Function<MemoryFunction>(library, "nvmlDeviceGetMemoryInfo");
        _utilization = Function<UtilizationFunction>(library, "nvmlDeviceGetUtilizationRates");
        _temperature = Function<TemperatureFunction>(library, "nvmlDeviceGetTemperature");
    }

    private delegate int InitFunction();

    private delegate int CountFunction(out uint count);

    private delegate int HandleFunction(uint index, out nint device);

    private delegate int NameFunction(nint device, nint text, uint length);

    private delegate int MemoryFunction(nint device, out Memory memory);

    private delegate int UtilizationFunction(nint device, out Utilization utilization);

    private delegate int TemperatureFunction(nint device, uint sensor, out uint celsius);

    /// <summary>The library, ready for use; null where there is none, or no device that it can reach.</summary>
    /// <param name="path">A file, or a name that the system finds.</param>
    public static NvmlLibrary? TryLoad(string path)
    {
        if (!NativeLibrary.TryLoad(path, out var library))
            return null;
        try
        {
            if (Function<InitFunction>(library, "nvmlInit_v2")() == Ok)
                return new NvmlLibrary(library);
        }
        catch (EntryPointNotFoundException)
        {
            // Another library of that name.
        }

        NativeLibrary.Free(library);
        return null;
    }

    public int Count() => _count(out var count) == Ok ? (int)count : 0;

    public nint? Device(int index) => _handle((uint)index, out var device) == Ok ? device : null;

    public string Name(nint device)
    {
        var text = Marshal.AllocHGlobal(NameLength);
        try
        {
            return _name(device, text, NameLength) == Ok ? Marshal.PtrToStringUTF8(text)! : string.Empty;
        }
        finally
        {
            Marshal.FreeHGlobal(text);
        }
    }

    public (long Total, long Used)? MemoryOf(nint device) =>
        _memory(device, out var memory) == Ok ? ((long)memory.Total, (long)memory.Used) : null;

    public double? UtilizationOf(nint device) => _utilization(device, out var utilization) == Ok ? utilization.GpuPercent / 100.0 : null;

    public double? CelsiusOf(nint device) => _temperature(device, Gpu, out var celsius) == Ok ? celsius : null;

    private static T Function<T>(nint library, string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));

    [StructLayout(LayoutKind.Sequential)]
    private struct Memory
    {
        public ulong Total;
        public ulong Free;
        public ulong Used;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Utilization
    {
        public uint GpuPercent;
        public uint MemoryPercent;
    }
}
