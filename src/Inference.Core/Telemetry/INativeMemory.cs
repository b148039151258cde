namespace Inference.Core.Telemetry;

/// <summary>Tells of the memory outside of the garbage-collected heap. Thread-safe.</summary>
public interface INativeMemory
{
    /// <summary>What is known now.</summary>
    NativeMemoryReading Read();
}

/// <summary>Memory outside of the garbage-collected heap.</summary>
/// <param name="UsedBytes">Allocated from the C library's heap: models, what runs compute, tensors. Null where the library does not tell.</param>
/// <param name="FreeBytes">Kept by the C library for later, of which trimmed pages are with the system. Null where it does not tell.</param>
/// <param name="ArenaReturnedBytes">Given back by arenas of models since the start.</param>
/// <param name="Trims">Times that the C library gave pages back.</param>
public sealed record NativeMemoryReading(long? UsedBytes, long? FreeBytes, long ArenaReturnedBytes, long Trims);
