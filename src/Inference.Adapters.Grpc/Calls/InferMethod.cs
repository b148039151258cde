using Inference.Adapters.Protocol;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>The methods that carry tensors.</summary>
internal static class InferMethod
{
    /// <summary>Path of the one that takes a single request, as calls name it.</summary>
    public static readonly string Path = $"/{GRPCInferenceService.Descriptor.FullName}/{nameof(GRPCInferenceService.GRPCInferenceServiceClient.ModelInfer)}";

    /// <summary>Path of the one that takes a stream of requests.</summary>
    public static readonly string StreamPath = $"/{GRPCInferenceService.Descriptor.FullName}/{nameof(GRPCInferenceService.GRPCInferenceServiceClient.ModelStreamInfer)}";
}
