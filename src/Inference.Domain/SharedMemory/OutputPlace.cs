namespace Inference.Domain.SharedMemory;

/// <summary>Where an output is wanted.</summary>
/// <param name="Output">Name of the output.</param>
/// <param name="Range">Room for it, which may be more than it takes.</param>
public sealed record OutputPlace(string Output, SharedRange Range);
