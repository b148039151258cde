using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>The two ways in which a message can carry its tensors, never both.</summary>
internal enum TensorForm
{
    /// <summary>Bytes, one entry a tensor.</summary>
    Raw,

    /// <summary>Contents in the field of the datatype.</summary>
    Typed,
}

/// <summary>Finds the form of a request.</summary>
internal static class TensorForms
{
    /// <summary>Raw where there are raw entries or nothing to tell by; else typed, as inputs without elements may be.</summary>
    public static TensorForm Of(ModelInferRequest request) =>
        request.RawInputContents.Count > 0 || request.Inputs.Count == 0 ? TensorForm.Raw : TensorForm.Typed;
}
