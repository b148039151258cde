using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Artefacts;
using Inference.Infra.OnnxRuntime.Binding;
using Microsoft.ML.OnnxRuntime;

namespace Inference.Infra.OnnxRuntime.Sessions;

/// <summary>Derives a model's spec from what its session tells.</summary>
internal static class SpecReader
{
    private const string Platform = "onnxruntime_onnx";

    /// <exception cref="InferenceException">LoadFailed where an input or output is no tensor of a type and rank that can be served.</exception>
    public static ModelSpec Read(InferenceSession session, OnnxHeader header, string label)
    {
        if (session.OutputNames.Count == 0)
            throw Failure(label, "it has no outputs.");
        foreach (var input in header.Inputs.Where(i => !i.HasShape && session.InputMetadata.TryGetValue(i.Name, out var node) && node.IsTensor))
            throw Failure(label, $"input {ErrorText.Quote(input.Name)} states no shape; export the model with the input's rank (dimensions may be symbolic).");
        return ModelSpec.Create(
            session.InputNames.Select(name => Read("input", name, session.InputMetadata[name], label)),
            session.OutputNames.Select(name => Read("output", name, session.OutputMetadata[name], label)),
            Platform);
    }

    private static TensorSpec Read(string role, string name, NodeMetadata node, string label)
    {
        if (node.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR)
            throw Failure(label, $"{role} {ErrorText.Quote(name)} is {Kind(node.OnnxValueType)}, and only tensors are served; {Remedy(node.OnnxValueType)}.");
        if (!ElementTypes.TryToDomain(node.ElementDataType, out var type))
            throw Failure(label, $"{role} {ErrorText.Quote(name)} has element type {node.ElementDataType}, expected one of {string.Join(", ", TensorTypeExtensions.ProtocolNames)}; cast it in the model.");
        return new TensorSpec(name, type, [.. node.Dimensions.Select(d => d < 0 ? TensorSpec.Any : (long)d)])
        {
            Symbols = [.. node.SymbolicDimensions],
        };
    }

    private static string Kind(OnnxValueType type) => type switch
    {
        OnnxValueType.ONNX_TYPE_SEQUENCE => "a sequence",
        OnnxValueType.ONNX_TYPE_MAP => "a map",
        OnnxValueType.ONNX_TYPE_OPTIONAL => "an optional value",
        OnnxValueType.ONNX_TYPE_SPARSETENSOR => "a sparse tensor",
        _ => $"of kind {type}",
    };

    private static string Remedy(OnnxValueType type) => type switch
    {
        OnnxValueType.ONNX_TYPE_SEQUENCE or OnnxValueType.ONNX_TYPE_MAP =>
            "export the model with tensors (scikit-learn classifiers: options={'zipmap': False})",
        OnnxValueType.ONNX_TYPE_SPARSETENSOR => "export the model with dense tensors",
        _ => "export the model with plain tensors",
    };

    private static InferenceException Failure(string label, string reason) => new(ErrorCode.LoadFailed, $"{label}: {reason}");
}
