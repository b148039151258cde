namespace Inference.Core.Telemetry;

/// <summary>Tells how busy the accelerators of the machine are. Thread-safe.</summary>
public interface IDeviceTelemetry
{
    /// <summary>What each device says now; none where there is none, or where it cannot be asked.</summary>
    IReadOnlyList<DeviceReading> Read();
}

/// <summary>What one device says of itself; a value that it does not tell is null.</summary>
/// <param name="Index">Its number, as in <c>cuda:N</c> where all devices are visible.</param>
/// <param name="Name">Its product name.</param>
/// <param name="MemoryTotalBytes">Memory.</param>
/// <param name="MemoryUsedBytes">Memory in use, by all processes.</param>
/// <param name="Utilization">Part of the last moments in which it computed, from 0 to 1.</param>
/// <param name="Celsius">Temperature.</param>
public sealed record DeviceReading(int Index, string Name, long? MemoryTotalBytes, long? MemoryUsedBytes, double? Utilization, double? Celsius);
