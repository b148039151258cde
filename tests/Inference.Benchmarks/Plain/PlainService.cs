using Google.Protobuf;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Inference.Benchmarks.Plain;

/// <summary>Runs the model on the thread of the call: FP32 in, FP32 out, raw contents only, nothing checked.</summary>
internal sealed class PlainService(IReadOnlyDictionary<string, InferenceSession> sessions) : GRPCInferenceService.GRPCInferenceServiceBase
{
    private static readonly RunOptions Options = new();

    public override Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context)
    {
        var session = sessions[request.ModelName];
        using var raw = request.RawInputContents[0].Memory.Pin();
        using var input = View(request.Inputs[0], raw, request.RawInputContents[0].Length);
        using var outputs = session.Run(Options, session.InputNames, [input], session.OutputNames);
        var response = new ModelInferResponse { ModelName = request.ModelName, ModelVersion = request.ModelVersion, Id = request.Id };
        for (var i = 0; i < outputs.Count; i++)
        {
            var tensor = new ModelInferResponse.Types.InferOutputTensor { Name = session.OutputNames[i], Datatype = "FP32" };
            tensor.Shape.AddRange(outputs[i].GetTensorTypeAndShape().Shape);
            response.Outputs.Add(tensor);
            response.RawOutputContents.Add(ByteString.CopyFrom(outputs[i].GetTensorMutableRawData()));
        }

        return Task.FromResult(response);
    }

    private static unsafe OrtValue View(ModelInferRequest.Types.InferInputTensor tensor, System.Buffers.MemoryHandle raw, int bytes) =>
        OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, TensorElementType.Float, [.. tensor.Shape], (nint)raw.Pointer, bytes);
}
