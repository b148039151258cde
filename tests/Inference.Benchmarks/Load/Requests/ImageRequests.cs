using System.Runtime.InteropServices;
using Google.Protobuf;
using Inference.Adapters.Protocol;

namespace Inference.Benchmarks.Load.Requests;

/// <summary>Requests of square images, FP32 [images, 3, size, size]: the same numbers whenever the same is asked for.</summary>
internal static class ImageRequests
{
    public static ModelInferRequest Create(string model, string version, int images, int size)
    {
        var random = new Random(HashCode.Combine(images, size));
        var numbers = new float[images * 3 * size * size];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = random.NextSingle();
        return new ModelInferRequest
        {
            ModelName = model,
            ModelVersion = version,
            Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { images, 3, size, size } } },
            RawInputContents = { ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(numbers)) },
        };
    }
}
