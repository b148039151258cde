using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Tests.Infer.Reference;

/// <summary>Finds the form of a request.</summary>
internal static class TensorForms
{
    /// <summary>Raw where there are raw entries or nothing to tell by; else typed, as inputs without elements may be.</summary>
    public static TensorForm Of(ModelInferRequest request) =>
        request.RawInputContents.Count > 0 || request.Inputs.Count == 0 ? TensorForm.Raw : TensorForm.Typed;
}
