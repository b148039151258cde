using Inference.Core.Telemetry;

namespace Inference.Infra.Devices;

/// <summary>Asks NVIDIA's driver for the state of the GPUs. Where there is no driver it has nothing to tell. Thread-safe.</summary>
public sealed class NvmlTelemetry : IDeviceTelemetry
{
    private const string DriverLibrary = "libnvidia-ml.so.1";
    private readonly Lazy<NvmlLibrary?> _library;

    /// <summary>Creates it; the driver is looked for at the first reading.</summary>
    public NvmlTelemetry()
        : this(DriverLibrary)
    {
    }

    /// <summary>Creates it for another library.</summary>
    internal NvmlTelemetry(string library) => _library = new Lazy<NvmlLibrary?>(() => NvmlLibrary.TryLoad(library));

    /// <inheritdoc/>
    public IReadOnlyList<DeviceReading> Read()
    {
        if (_library.Value is not { } library)
            return [];
        var readings = new List<DeviceReading>();
        for (var i = 0; i < library.Count(); i++)
        {
            if (library.Device(i) is not { } device)
                continue;
            var memory = library.MemoryOf(device);
            readings.Add(new DeviceReading(i, library.Name(device), memory?.Total, memory?.Used, library.UtilizationOf(device), library.CelsiusOf(device)));
        }

        return readings;
    }
}
