using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Domain.Pipelines;

/// <summary>
/// Turns external input into model input. Configured once at load, then stateless and thread-safe.
/// </summary>
public interface IPreprocessor
{
    /// <summary>What a client sends.</summary>
    IReadOnlyList<TensorSpec> Inputs { get; }

    /// <summary>What the model is fed; checked at load against the model's inputs.</summary>
    IReadOnlyList<TensorSpec> Outputs { get; }

    /// <summary>
    /// The first dimension of every external input counts rows, so that all must have as many.
    /// </summary>
    bool HasBatchAxis { get; }

    /// <summary>Converts one request.</summary>
    /// <param name="inputs">Fits <see cref="Inputs"/>; stays the caller's.</param>
    /// <returns>Fits <see cref="Outputs"/>; owned by the caller. Tensors that pass unchanged are shared, not copied.</returns>
    /// <exception cref="InferenceException">InvalidArgument, naming tensor, row and value that cannot be converted.</exception>
    TensorSet Process(TensorSet inputs);
}
