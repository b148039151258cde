namespace Inference.Domain.SharedMemory;

/// <summary>Where a client has a tensor, or wants one, as it says so: not yet checked against anything.</summary>
/// <param name="Region">Name of a registered region.</param>
/// <param name="ByteSize">Bytes of an input; room for an output.</param>
/// <param name="Offset">First byte within the region; null where it is not said, which means 0.</param>
public sealed record SharedLocation(string Region, long ByteSize, long? Offset = null);
