using Google.Protobuf.Collections;
using Inference.Adapters.Protocol;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Services.Metadata;

namespace Inference.Adapters.Grpc.Metadata;

/// <summary>A pipeline's external contract and device to the protocol's model configuration.</summary>
internal static class ModelConfigMapper
{
    /// <summary>The message: what was configured in the protocol's words, if anything was, with what came of it.</summary>
    public static ModelConfigResponse Encode(PipelineMetadata metadata)
    {
        var config = metadata.Configuration is { } written ? ConfigurationMessage.Create<ModelConfig>(written) : new ModelConfig();
        config.Name = metadata.Name;
        config.Platform = metadata.Platform;
        config.Backend = Backend(metadata.Platform);
        config.InstanceGroup.Clear();
        config.InstanceGroup.Add(Instances(metadata));
        if (metadata.IsDecoupled)
            config.ModelTransactionPolicy = new ModelTransactionPolicy { Decoupled = true };
        EncodeBatches(config, metadata);
        EncodeTensors(config, metadata);
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

    // Clients take a batch size of 0 for "dims are whole shapes"; else the batch axis stands in front of them.
    private static void EncodeBatches(ModelConfig config, PipelineMetadata metadata)
    {
        var (executor, maxRows) = (metadata.Executor, metadata.Model.MaxRows);
        var hasBatches = DynamicBatchingMapper.HasBatches(metadata);
        config.MaxBatchSize = maxRows > 0 ? maxRows : hasBatches ? executor.Batching.MaxRows : 0;
        if (!hasBatches)
            config.DynamicBatching = null;
        else if (config.DynamicBatching is null)
            config.DynamicBatching = DynamicBatchingMapper.Encode(executor.Batching, executor.Queue);
    }

    private static void EncodeTensors(ModelConfig config, PipelineMetadata metadata)
    {
        var skipped = config.MaxBatchSize > 0 ? 1 : 0;
        var inputs = config.Input.ToLookup(i => i.Name);
        config.Input.Clear();
        foreach (var spec in metadata.Inputs)
        {
            var input = inputs[spec.Name].FirstOrDefault() ?? new ModelInput { Name = spec.Name };
            input.DataType = Encode(spec.Type);
            Replace(input.Dims, spec.Dimensions.Skip(skipped));
            config.Input.Add(input);
        }

        var outputs = config.Output.ToLookup(o => o.Name);
        config.Output.Clear();
        foreach (var spec in metadata.Outputs)
        {
            var output = outputs[spec.Name].FirstOrDefault() ?? new ModelOutput { Name = spec.Name };
            output.DataType = Encode(spec.Type);
            Replace(output.Dims, spec.Dimensions.Skip(skipped));
            config.Output.Add(output);
        }
    }

    private static void Replace(RepeatedField<long> field, IEnumerable<long> values)
    {
        field.Clear();
        field.AddRange(values);
    }

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
