using Inference.Domain.Tensors;

namespace Inference.Domain.Pipelines;

/// <summary>
/// A preprocessor of a pipeline that answers a request several times: it cuts the request into pieces, each of which goes
/// through <see cref="IPreprocessor.Process"/>, the model and the postprocessor and is answered on its own. Configured once
/// at load, then stateless and thread-safe; the enumerators that it gives are not.
/// </summary>
public interface ISplittingPreprocessor : IPreprocessor
{
    /// <summary>
    /// The pieces of one request, in the order of their answers. A piece is made when it is asked for and not before, so that
    /// a long request costs no more memory than the pieces under way.
    /// </summary>
    /// <param name="inputs">Fits <see cref="IPreprocessor.Inputs"/>; stays the caller's and lives until the enumerator is disposed of.</param>
    /// <returns>Each fits <see cref="IPreprocessor.Inputs"/> and is owned by the caller. None at all is answered with nothing but the end.</returns>
    /// <exception cref="InferenceException">InvalidArgument, also from within the enumeration; pieces before it are still answered.</exception>
    IEnumerable<TensorSet> Split(TensorSet inputs);
}
