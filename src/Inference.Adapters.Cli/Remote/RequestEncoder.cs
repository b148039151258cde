using Google.Protobuf;
using Inference.Adapters.Protocol;
using Inference.Services.Infer;

namespace Inference.Adapters.Cli.Remote;

/// <summary>Writes a request as the protocol has it, all data raw.</summary>
internal static class RequestEncoder
{
    public static ModelInferRequest Encode(InferenceRequest request)
    {
        var message = new ModelInferRequest { ModelName = request.ModelName, ModelVersion = request.Version, Id = request.Id };
        foreach (var (name, tensor) in request.Inputs)
        {
            var input = new ModelInferRequest.Types.InferInputTensor { Name = name, Datatype = Domain.Tensors.TensorTypeExtensions.ProtocolName(tensor.Type) };
            input.Shape.AddRange(tensor.Shape.Dimensions);
            message.Inputs.Add(input);
            message.RawInputContents.Add(ByteString.CopyFrom(tensor.Data.Span));
        }

        foreach (var output in request.Outputs)
        {
            var wanted = new ModelInferRequest.Types.InferRequestedOutputTensor { Name = output.Name };
            if (output.Classes > 0)
                wanted.Parameters.Add("classification", new InferParameter { Int64Param = output.Classes });
            message.Outputs.Add(wanted);
        }

        foreach (var (name, value) in request.Parameters)
            message.Parameters.Add(name, Parameter(value));
        return message;
    }

    private static InferParameter Parameter(object value) => value switch
    {
        bool flag => new InferParameter { BoolParam = flag },
        long number => new InferParameter { Int64Param = number },
        ulong number => new InferParameter { Uint64Param = number },
        double number => new InferParameter { DoubleParam = number },
        _ => new InferParameter { StringParam = (string)value },
    };
}
