using Google.Protobuf;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Protocol;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Tests.Infer.Reference;

/// <summary>A response of the service to a response of the protocol. The counterpart of <see cref="InferRequestMapper"/>.</summary>
internal static class InferResponseMapper
{
    /// <summary>
    /// The message. Raw data is not copied: the message stands over the tensors' memory, so the answer must not be disposed
    /// of before the message is written.
    /// </summary>
    public static ModelInferResponse Encode(InferAnswer answer)
    {
        var message = new ModelInferResponse { ModelName = answer.ModelName, ModelVersion = answer.Version, Id = answer.Id };
        foreach (var (name, value) in answer.Parameters)
            message.Parameters.Add(name, Parameters.Encode(value));
        foreach (var (name, tensor) in answer.Outputs ?? [])
        {
            var output = new ModelInferResponse.Types.InferOutputTensor { Name = name, Datatype = tensor.Type.ProtocolName() };
            output.Shape.Assign(tensor.Shape.Dimensions.AsSpan());
            if (answer.Form == TensorForm.Typed)
                output.Contents = TypedContents.Encode(tensor);
            else
                message.RawOutputContents.Add(UnsafeByteOperations.UnsafeWrap(tensor.Data));
            message.Outputs.Add(output);
        }

        return message;
    }
}
