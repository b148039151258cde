using System.Numerics;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Tabular;

/// <summary>Turns one external column into one or more features. Immutable and thread-safe.</summary>
/// <param name="input">The external tensor: one value a row.</param>
/// <param name="width">Features that it makes of a value.</param>
internal abstract class ColumnEncoder(TensorSpec input, int width)
{
    /// <summary>The external tensor, of shape [rows].</summary>
    public TensorSpec Input { get; } = input;

    /// <summary>Features that it makes of a value.</summary>
    public int Width { get; } = width;

    /// <summary>Encodes every row.</summary>
    /// <param name="source">The column, of the input's type.</param>
    /// <param name="features">The feature matrix from this column's first feature in the first row on.</param>
    /// <param name="stride">Features of a whole row.</param>
    /// <exception cref="Domain.InferenceException">InvalidArgument, naming column, row and value.</exception>
    public abstract void Encode<T>(Tensor source, Span<T> features, int stride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
