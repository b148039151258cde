using System.Runtime.InteropServices;
using Google.Protobuf;
using Inference.Adapters.Protocol;

namespace Inference.Benchmarks.Load.SelfTest;

/// <summary>A model whose answer to a row is its mean and its weighted mean.</summary>
internal static class FakeModel
{
    /// <summary>The answer to a request, right or with its last number off by one.</summary>
    public static ModelInferResponse Answer(ModelInferRequest request, bool wrong)
    {
        var rows = (int)request.Inputs[0].Shape[0];
        var data = MemoryMarshal.Cast<byte, float>(request.RawInputContents[0].Span);
        var width = data.Length / rows;
        var numbers = new float[rows * 2];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < width; column++)
            {
                numbers[row * 2] += data[row * width + column] / width;
                numbers[row * 2 + 1] += data[row * width + column] * (column + 1) / width;
            }
        }

        if (wrong)
            numbers[^1]++;
        return Encode(request.ModelName, request.Id, numbers);
    }

    public static ModelInferResponse Encode(string model, string id, float[] numbers) => new()
    {
        ModelName = model,
        Id = id,
        Outputs = { new ModelInferResponse.Types.InferOutputTensor { Name = "y", Datatype = "FP32", Shape = { numbers.Length / 2, 2 } } },
        RawOutputContents = { ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(numbers)) },
    };
}
