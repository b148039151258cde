using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Domain.Pipelines;

/// <summary>
/// Turns model output into the response. Configured once at load, then stateless and thread-safe.
/// </summary>
public interface IPostprocessor
{
    /// <summary>What it needs of the model's outputs; checked at load against them.</summary>
    IReadOnlyList<TensorSpec> Inputs { get; }

    /// <summary>What a client gets.</summary>
    IReadOnlyList<TensorSpec> Outputs { get; }

    /// <summary>Converts the outputs of one run.</summary>
    /// <param name="outputs">All outputs of the model; stays the caller's.</param>
    /// <returns>Fits <see cref="Outputs"/>; owned by the caller. Tensors that pass unchanged are shared, not copied.</returns>
    /// <exception cref="InferenceException">ExecutionFailed, naming tensor, row and value that cannot be converted.</exception>
    TensorSet Process(TensorSet outputs);
}
