namespace Inference.Domain.Execution;

/// <summary>How the device arena grows.</summary>
public enum CudaArenaStrategy
{
    /// <summary>By powers of two: fewer allocations.</summary>
    NextPowerOfTwo,

    /// <summary>By just what is asked for: less memory.</summary>
    SameAsRequested,
}

/// <summary>How convolution algorithms are chosen.</summary>
public enum CudnnSearch
{
    /// <summary>Try all at the first run of a shape.</summary>
    Exhaustive,

    /// <summary>Ask cuDNN's heuristic.</summary>
    Heuristic,

    /// <summary>Take the default.</summary>
    Default,
}

/// <summary>Options of the CUDA device. Immutable; without effect on CPU.</summary>
public sealed record CudaOptions
{
    /// <summary>Bytes of device memory that the arena may take; 0 leaves it unlimited.</summary>
    public long MemoryLimitBytes { get; init; }

    /// <summary>How the device arena grows.</summary>
    public CudaArenaStrategy ArenaStrategy { get; init; } = CudaArenaStrategy.NextPowerOfTwo;

    /// <summary>How convolution algorithms are chosen.</summary>
    public CudnnSearch CudnnSearch { get; init; } = CudnnSearch.Exhaustive;

    /// <summary>Records the kernels of a run once and replays them; for models whose shapes never change.</summary>
    public bool Graphs { get; init; }

    /// <summary>Lets matrix products of FP32 use TF32: faster, with 10 instead of 23 bits of mantissa.</summary>
    public bool Tf32 { get; init; } = true;
}
