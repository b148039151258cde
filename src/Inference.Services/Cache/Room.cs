using Inference.Domain;

namespace Inference.Services.Cache;

/// <summary>Memory that is set aside for a load until it has ended. Given back or settled exactly once.</summary>
/// <param name="bytes">What the load is expected to need.</param>
internal sealed class Room(long bytes)
{
    /// <summary>What the load is expected to need.</summary>
    public long Bytes { get; } = bytes;
}

/// <summary>Room for a load, or why there is none.</summary>
/// <param name="Room">The room; null where there is none.</param>
/// <param name="Refusal">Makes what the requests get that wait for the load; null where there is room.</param>
internal readonly record struct RoomOutcome(Room? Room, Func<InferenceException>? Refusal);
