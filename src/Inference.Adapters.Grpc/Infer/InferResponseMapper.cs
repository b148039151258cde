using Google.Protobuf;
using Inference.Adapters.Protocol;
using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Infer;

/// <summary>A response of the service to a response of the protocol. The counterpart of <see cref="InferRequestMapper"/>.</summary>
internal static class InferResponseMapper
{
    // A message holds at most 2 GiB; the rest is room for names and shapes.
    private const long MostBytes = int.MaxValue - (1 << 20);

    // A negative INT8 takes ten bytes in typed form.
    private const int WorstGrowth = 10;

    /// <summary>
    /// The message. Raw data is not copied: the message stands over the tensors' memory, so the response must not be disposed
    /// of before the message is written.
    /// </summary>
    /// <param name="response">The response; stays the caller's.</param>
    /// <param name="form">Form of the request, which the answer takes where its datatypes and its size allow.</param>
    /// <exception cref="InferenceException">MessageTooLarge where no message can hold the outputs.</exception>
    public static ModelInferResponse Encode(InferenceResponse response, TensorForm form)
    {
        var message = new ModelInferResponse { ModelName = response.ModelName, ModelVersion = response.Version, Id = response.Id };
        var bytes = Bytes(response.Outputs);
        var typed = form == TensorForm.Typed && bytes <= MostBytes / WorstGrowth && CanBeTyped(response.Outputs);
        for (var i = 0; i < response.Outputs.Count; i++)
        {
            var (name, tensor) = response.Outputs[i];
            var output = new ModelInferResponse.Types.InferOutputTensor { Name = name, Datatype = tensor.Type.ProtocolName() };
            output.Shape.Assign(tensor.Shape.Dimensions.AsSpan());
            if (typed)
                output.Contents = TypedOutput.Encode(tensor);
            else
                message.RawOutputContents.Add(UnsafeByteOperations.UnsafeWrap(tensor.Data));
            message.Outputs.Add(output);
        }

        return message;
    }

    // The forms must not be mixed, so one output that has no typed form makes all of them raw.
    private static bool CanBeTyped(TensorSet outputs)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            if (ContentsFields.Of(outputs[i].Tensor.Type) == ContentsField.None)
                return false;
        }

        return true;
    }

    private static long Bytes(TensorSet outputs)
    {
        long bytes = 0;
        for (var i = 0; i < outputs.Count; i++)
            bytes += outputs[i].Tensor.Data.Length;
        return bytes <= MostBytes
            ? bytes
            : throw new InferenceException(ErrorCode.MessageTooLarge, $"the outputs have {bytes} bytes, more than one message holds; ask for fewer outputs or send fewer rows.");
    }
}
