namespace Inference.Infra.OnnxRuntime.Artefacts;

/// <summary>How the graph declares one input or output.</summary>
/// <param name="Name">Its name.</param>
/// <param name="HasShape">It states a rank; ONNX Runtime's managed API shows a missing shape as that of a scalar.</param>
/// <param name="IsFixed">Every dimension is a number.</param>
internal sealed record DeclaredTensor(string Name, bool HasShape, bool IsFixed);

/// <summary>What an ONNX file says about itself that is needed before it is loaded. Immutable.</summary>
internal sealed record OnnxHeader(IReadOnlyList<DeclaredTensor> Inputs)
{
    /// <summary>Operators of the graph; those of graphs within an operator are not counted.</summary>
    public int Operators { get; init; }

    /// <summary>Bytes of weights in the file.</summary>
    public long Weights { get; init; }

    /// <summary>Every input has the same shape in every run.</summary>
    public bool HasFixedInputs => Inputs.All(i => i.IsFixed);
}
