namespace Inference.Services.SharedMemory;

/// <summary>Kinds of memory that clients can share.</summary>
public enum RegionKind
{
    /// <summary>Objects of the operating system.</summary>
    System,

    /// <summary>Memory of CUDA devices.</summary>
    Cuda,
}
