using System.Collections.Immutable;

namespace Inference.Domain.Models;

/// <summary>Inputs and outputs of a model, as derived from its artefact. Immutable.</summary>
/// <param name="Inputs">What must be fed, in the artefact's order.</param>
/// <param name="Outputs">What comes out, in the artefact's order.</param>
/// <param name="HasBatchAxis">
/// The first axis of every input and output is symbolic and means the same, so rows of different requests can share a run.
/// </param>
public sealed record ModelSpec(ImmutableArray<TensorSpec> Inputs, ImmutableArray<TensorSpec> Outputs, bool HasBatchAxis)
{
    /// <summary>What made the artefact run, such as <c>onnxruntime_onnx</c>; told to clients as the platform.</summary>
    public string Platform { get; init; } = string.Empty;

    /// <summary>Most rows of one request, which must then have at least one; 0 for any number.</summary>
    public int MaxRows { get; init; }

    /// <summary>The spec of inputs and outputs, with the batch axis derived: see <see cref="BatchAxis.Derive"/>.</summary>
    public static ModelSpec Create(IEnumerable<TensorSpec> inputs, IEnumerable<TensorSpec> outputs, string platform)
    {
        ImmutableArray<TensorSpec> ins = [.. inputs], outs = [.. outputs];
        return new ModelSpec(ins, outs, BatchAxis.Derive(ins, outs)) { Platform = platform };
    }
}
