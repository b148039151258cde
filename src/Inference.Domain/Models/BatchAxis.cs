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

    /// <summary>Rows of a request: the first dimension of its first tensor where there is a batch axis, else 1.</summary>
    public static long Rows(ModelSpec spec, TensorSet inputs) =>
        spec.HasBatchAxis && inputs.Count > 0 && inputs[0].Tensor.Shape.Rank > 0 ? inputs[0].Tensor.Shape[0] : 1;

    private static string Symbol(TensorSpec spec) => spec.Symbols.Length > 0 ? spec.Symbols[0] : string.Empty;
}
