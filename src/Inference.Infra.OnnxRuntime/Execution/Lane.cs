using Inference.Domain.Tensors;

namespace Inference.Infra.OnnxRuntime.Execution;

/// <summary>
/// A permit to run, with what one run needs and another must not touch meanwhile. One run has it at a time, except for
/// <see cref="Terminate"/>, which others call while it runs.
/// </summary>
internal abstract class Lane : IDisposable
{
    /// <summary>Runs the model on the calling thread.</summary>
    /// <returns>All outputs, owned by the caller.</returns>
    /// <exception cref="Inference.Domain.InferenceException">InvalidArgument, ExecutionFailed.</exception>
    public abstract TensorSet Run(TensorSet inputs);

    /// <summary>Makes the run under way end early, with an error.</summary>
    public abstract void Terminate();

    /// <summary>Makes the lane usable again after <see cref="Terminate"/>.</summary>
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
