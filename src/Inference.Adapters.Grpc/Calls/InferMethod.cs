using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>The method that carries tensors.</summary>
internal static class InferMethod
{
    /// <summary>Its path, as calls name it.</summary>
    public static readonly string Path = $"/{GRPCInferenceService.Descriptor.FullName}/{nameof(GRPCInferenceService.GRPCInferenceServiceClient.ModelInfer)}";
}
