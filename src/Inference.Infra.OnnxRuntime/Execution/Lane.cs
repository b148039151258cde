using Inference.Domain.Execution;
using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;

namespace Inference.Infra.OnnxRuntime.Execution;

/// <summary>A lane that its pool owns.</summary>
internal abstract class Lane : ILane, IDisposable
{
    /// <inheritdoc/>
    public TensorSet Run(TensorSet inputs) => Run(inputs, []);

    /// <inheritdoc/>
    public abstract TensorSet Run(TensorSet inputs, IReadOnlyList<OutputPlace> places);

    /// <inheritdoc/>
    public abstract void Terminate();

    /// <inheritdoc/>
    public abstract void Reset();

    /// <summary>Called once, when no run has it.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the lane holds.</summary>
    protected abstract void Dispose(bool disposing);
}
