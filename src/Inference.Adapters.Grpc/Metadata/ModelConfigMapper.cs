using Inference.Adapters.Protocol;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Services.Metadata;

namespace Inference.Adapters.Grpc.Metadata;

/// <summary>A pipeline's external contract and device to the protocol's model configuration.</summary>
internal static class ModelConfigMapper
{
    /// <summary>The message.</summary>
    public static ModelConfigResponse Encode(PipelineMetadata metadata)
    {
        var config = new ModelConfig
        {
            Name = metadata.Name,
            Platform = metadata.Platform,
            Backend = Backend(metadata.Platform),
            InstanceGroup = { Instances(metadata) },
        };

        if (metadata.IsDecoupled)
            config.ModelTransactionPolicy = new ModelTransactionPolicy { Decoupled = true };

        // Clients take a batch size of 0 for "dims are whole shapes"; else the batch axis stands in front of them.
        var hasBatches = DynamicBatchingMapper.HasBatches(metadata);
        if (hasBatches)
        {
            var executor = metadata.Executor;
            config.MaxBatchSize = executor.Batching.MaxRows;
            config.DynamicBatching = DynamicBatchingMapper.Encode(executor.Batching, executor.Queue);
        }

        foreach (var input in metadata.Inputs)
            config.Input.Add(new ModelInput { Name = input.Name, DataType = Encode(input.Type), Dims = { Dimensions(input, hasBatches) } });
        foreach (var output in metadata.Outputs)
            config.Output.Add(new ModelOutput { Name = output.Name, DataType = Encode(output.Type), Dims = { Dimensions(output, hasBatches) } });
        return new ModelConfigResponse { Config = config };
    }

    /// <summary>The configuration's word for a datatype.</summary>
    public static DataType Encode(TensorType type) => type switch
    {
        TensorType.Bool => DataType.TypeBool,
        TensorType.UInt8 => DataType.TypeUint8,
        TensorType.UInt16 => DataType.TypeUint16,
        TensorType.UInt32 => DataType.TypeUint32,
        TensorType.UInt64 => DataType.TypeUint64,
        TensorType.Int8 => DataType.TypeInt8,
        TensorType.Int16 => DataType.TypeInt16,
        TensorType.Int32 => DataType.TypeInt32,
        TensorType.Int64 => DataType.TypeInt64,
        TensorType.Float16 => DataType.TypeFp16,
        TensorType.BFloat16 => DataType.TypeBf16,
        TensorType.Float32 => DataType.TypeFp32,
        TensorType.Float64 => DataType.TypeFp64,
        TensorType.Bytes => DataType.TypeString,
        _ => DataType.TypeInvalid,
    };

    private static IEnumerable<long> Dimensions(TensorSpec spec, bool hasBatches) => hasBatches ? spec.Dimensions.Skip(1) : spec.Dimensions;

    // A platform is the name of the backend, an underscore, and the format of the artefact.
    private static string Backend(string platform)
    {
        var end = platform.IndexOf('_', StringComparison.Ordinal);
        return end < 0 ? platform : platform[..end];
    }

    private static ModelInstanceGroup Instances(PipelineMetadata metadata)
    {
        var group = new ModelInstanceGroup { Name = metadata.Name, Count = metadata.Executor.Lanes, Kind = ModelInstanceGroup.Types.Kind.Cpu };
        if (DeviceRequest.TryParse(metadata.Executor.Device, out var device) && device.Kind == DeviceKind.Cuda)
        {
            group.Kind = ModelInstanceGroup.Types.Kind.Gpu;
            group.Gpus.Add(device.Index);
        }

        return group;
    }
}
