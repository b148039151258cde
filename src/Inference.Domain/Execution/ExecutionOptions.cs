using Inference.Domain.Models;

namespace Inference.Domain.Execution;

/// <summary>How much a runtime may rewrite a graph before it runs it.</summary>
public enum GraphOptimization
{
    /// <summary>Run the graph as it is.</summary>
    None,

    /// <summary>Rewrites that never change results.</summary>
    Basic,

    /// <summary>Also fusions for the device.</summary>
    Extended,

    /// <summary>Also changes of memory layout.</summary>
    All,
}

/// <summary>How one pipeline is executed; the validated form of the manifest's <c>execution</c> section. Immutable.</summary>
public sealed record ExecutionOptions
{
    /// <summary>Where to run.</summary>
    public DeviceRequest Device { get; init; } = DeviceRequest.Cpu;

    /// <summary>Runs that may be under way at once, at least 1.</summary>
    public int Lanes { get; init; } = 1;

    /// <summary>Share of the device's threads where models compete for them: one of weight 2 gets twice the time of one of weight 1.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>Threads within one run; 0 uses the device's shared pool, more makes a pool for this pipeline alone.</summary>
    public int IntraOpThreads { get; init; }

    /// <summary>How much the graph may be rewritten.</summary>
    public GraphOptimization GraphOptimization { get; init; } = GraphOptimization.All;

    /// <summary>Keeps memory of earlier runs for later ones: faster, at the price of memory that stays at its peak.</summary>
    public bool MemoryArena { get; init; } = true;

    /// <summary>Options that hold on CUDA devices only.</summary>
    public CudaOptions Cuda { get; init; } = new();

    /// <summary>What the configuration says of the artefact's tensors; null takes them as they are.</summary>
    public TensorContract? Contract { get; init; }

    /// <summary>How requests wait.</summary>
    public QueueOptions Queue { get; init; } = new();

    /// <summary>How requests share runs.</summary>
    public BatchingOptions Batching { get; init; } = new();
}
