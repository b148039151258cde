using Inference.Adapters.Protocol;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Services.Metadata;
using Wire = Inference.Adapters.Protocol.ModelMetadataResponse.Types.TensorMetadata;

namespace Inference.Adapters.Grpc.Metadata;

/// <summary>A pipeline's external contract to the protocol's model metadata.</summary>
internal static class ModelMetadataMapper
{
    /// <summary>The message: inputs and outputs as clients see them, and the versions that serve.</summary>
    public static ModelMetadataResponse Encode(PipelineMetadata metadata)
    {
        var response = new ModelMetadataResponse { Name = metadata.Name, Platform = metadata.Platform };
        response.Versions.AddRange(metadata.ReadyVersions);
        foreach (var input in metadata.Inputs)
            response.Inputs.Add(Encode(input));
        foreach (var output in metadata.Outputs)
            response.Outputs.Add(Encode(output));
        return response;
    }

    private static Wire Encode(TensorSpec spec) => new() { Name = spec.Name, Datatype = spec.Type.ProtocolName(), Shape = { spec.Dimensions } };
}
