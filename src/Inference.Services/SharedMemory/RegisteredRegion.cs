using Inference.Domain.SharedMemory;

namespace Inference.Services.SharedMemory;

/// <summary>A region that is registered. Immutable.</summary>
/// <param name="Kind">Kind of its memory.</param>
/// <param name="Name">The name that clients call it by.</param>
/// <param name="ByteSize">Its bytes.</param>
public sealed record RegisteredRegion(RegionKind Kind, string Name, long ByteSize)
{
    /// <summary>Name of its object, as it was given; empty for memory of a device.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>Where it begins in its object, in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>Index of its device; 0 for memory that is on none.</summary>
    public int Device { get; init; }

    internal SharedRegion Region { get; init; } = null!;
}
