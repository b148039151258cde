using Inference.Core.Logging;
using Microsoft.Extensions.Logging;

namespace Inference.Services.SharedMemory;

/// <summary>Log events of shared memory regions. Names come from clients and are quoted.</summary>
internal static partial class SharedMemoryLog
{
    [LoggerMessage(EventIds.SharedMemory + 1, LogLevel.Information, "{Kind} shared memory region {Region} of {Bytes} bytes is registered; {Regions} regions, {MappedBytes} bytes mapped")]
    public static partial void RegionRegistered(this ILogger logger, RegionKind kind, string region, long bytes, int regions, long mappedBytes);

    [LoggerMessage(EventIds.SharedMemory + 2, LogLevel.Information, "{Kind} shared memory region {Region} is unregistered; {Regions} regions are left")]
    public static partial void RegionUnregistered(this ILogger logger, RegionKind kind, string region, int regions);

    [LoggerMessage(EventIds.SharedMemory + 3, LogLevel.Debug, "Shared memory region {Region} is used no more and let go; {MappedBytes} bytes are left mapped")]
    public static partial void RegionClosed(this ILogger logger, string region, long mappedBytes);

    [LoggerMessage(EventIds.SharedMemory + 4, LogLevel.Warning, "The memory of shared memory region {Region} went away while it was used; requests that use it are refused until it is registered again")]
    public static partial void RegionLost(this ILogger logger, string region);
}
