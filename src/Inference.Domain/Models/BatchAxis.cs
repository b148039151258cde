using Inference.Domain.Tensors;

namespace Inference.Domain.Models;

/// <summary>Whether the first axis counts rows that are independent of each other, and how many a request has.</summary>
public static class BatchAxis
{
    /// <summary>
    /// True where there is at least one input and the first axis of all inputs and outputs is symbolic, under one name for
    /// all inputs. Output names are not compared: exporters often rename them.
    /// </summary>
    public static bool Derive(IReadOnlyList<TensorSpec> inputs, IReadOnlyList<TensorSpec> outputs) =>
        inputs.Count > 0
        && outputs.Count > 0
        && inputs.Concat(outputs).All(t => t.HasVariableFirstAxis)
        && inputs.Select(Symbol).Distinct(StringComparer.Ordinal).Count() == 1;

    /// <summary>
    /// Rows of a request: the first dimension of its first tensor that has elements where there is a batch axis, else 1. Rows
    /// without elements cost nothing to claim and count nothing: where no tensor has an element, there are 0.
    /// </summary>
    public static long Rows(ModelSpec spec, TensorSet inputs)
    {
        if (!spec.HasBatchAxis || inputs.Count == 0)
            return 1;
        for (var i = 0; i < inputs.Count; i++)
        {
            var shape = inputs[i].Tensor.Shape;
            if (shape.ElementCount > 0)
                return shape.Rank > 0 ? shape[0] : 1;
        }

        return 0;
    }

    private static string Symbol(TensorSpec spec) => spec.Symbols.Length > 0 ? spec.Symbols[0] : string.Empty;
}
