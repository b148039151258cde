using Inference.Domain.SharedMemory;
using Inference.Domain.Tensors;

namespace Inference.Domain.Execution;

/// <summary>
/// A permit to run, with what one run needs and another must not touch meanwhile. One run has it at a time, except for
/// <see cref="Terminate"/>, which others call while it runs.
/// </summary>
public interface ILane
{
    /// <summary>Runs the model on the calling thread.</summary>
    /// <param name="inputs">Checked against the model's spec; stay the caller's.</param>
    /// <returns>All outputs in the spec's order, owned by the caller.</returns>
    /// <exception cref="InferenceException">InvalidArgument, ExecutionFailed.</exception>
    TensorSet Run(TensorSet inputs);

    /// <summary>Runs the model on the calling thread, and has outputs written where they are wanted as far as it can: see <see cref="Tensor.Shared"/>.</summary>
    /// <param name="inputs">Checked against the model's spec; stay the caller's.</param>
    /// <param name="places">Where outputs are wanted; some may be none of the model's. They stay the caller's.</param>
    /// <returns>All outputs in the spec's order, owned by the caller.</returns>
    /// <exception cref="InferenceException">InvalidArgument, ExecutionFailed.</exception>
    TensorSet Run(TensorSet inputs, IReadOnlyList<OutputPlace> places) => Run(inputs);

    /// <summary>Makes the run under way end early, with an error.</summary>
    void Terminate();

    /// <summary>Makes the lane usable again after <see cref="Terminate"/>; called when nobody can terminate that run any more.</summary>
    void Reset();
}
