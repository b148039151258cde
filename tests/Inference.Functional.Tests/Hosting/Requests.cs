using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;
using Inference.Adapters.Protocol;

namespace Inference.Functional.Tests.Hosting;

/// <summary>Builds requests and reads answers the way a client would, with nothing of the server's own code.</summary>
internal static class Requests
{
    public static ModelInferRequest For(string model, string version) => new() { ModelName = model, ModelVersion = version };

    public static ModelInferRequest WithId(this ModelInferRequest request, string id)
    {
        request.Id = id;
        return request;
    }

    public static ModelInferRequest Raw(this ModelInferRequest request, string name, string datatype, long[] shape, ReadOnlySpan<byte> data)
    {
        request.Inputs.Add(Input(name, datatype, shape));
        request.RawInputContents.Add(ByteString.CopyFrom(data));
        return request;
    }

    public static ModelInferRequest Floats(this ModelInferRequest request, string name, long[] shape, params float[] values) =>
        request.Raw(name, "FP32", shape, MemoryMarshal.AsBytes<float>(values));

    public static ModelInferRequest Typed(this ModelInferRequest request, string name, string datatype, long[] shape, InferTensorContents contents)
    {
        var input = Input(name, datatype, shape);
        input.Contents = contents;
        request.Inputs.Add(input);
        return request;
    }

    public static float[] Floats(this ModelInferResponse response, string name) => MemoryMarshal.Cast<byte, float>(response.Bytes(name).Span).ToArray();

    public static ReadOnlyMemory<byte> Bytes(this ModelInferResponse response, string name)
    {
        for (var i = 0; i < response.Outputs.Count; i++)
        {
            if (response.Outputs[i].Name == name)
                return response.RawOutputContents[i].Memory;
        }

        throw new KeyNotFoundException(string.Create(CultureInfo.InvariantCulture, $"no output {name}"));
    }

    public static string[] Strings(this ModelInferResponse response, string name)
    {
        var rest = response.Bytes(name).Span;
        var strings = new List<string>();
        while (!rest.IsEmpty)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
            strings.Add(Encoding.UTF8.GetString(rest.Slice(4, length)));
            rest = rest[(4 + length)..];
        }

        return [.. strings];
    }

    public static byte[] BytesElements(IEnumerable<byte[]> elements)
    {
        using var data = new MemoryStream();
        Span<byte> length = stackalloc byte[4];
        foreach (var element in elements)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, element.Length);
            data.Write(length);
            data.Write(element);
        }

        return data.ToArray();
    }

    private static ModelInferRequest.Types.InferInputTensor Input(string name, string datatype, long[] shape) =>
        new() { Name = name, Datatype = datatype, Shape = { shape } };
}
