using System.Runtime.InteropServices;
using Google.Protobuf;
using Inference.Adapters.Protocol;

namespace Inference.Benchmarks.Load.Requests;

/// <summary>The requests that a load sends in turn: the same shape, different rows, so that a swapped answer is a wrong one.</summary>
internal sealed class RequestSet
{
    private const long MostBytes = 64 << 20;
    private readonly RequestTemplate[] templates;

    private RequestSet(RequestShape shape, RequestTemplate[] templates) => (Shape, this.templates) = (shape, templates);

    public RequestShape Shape { get; }

    public int Count => templates.Length;

    /// <summary>The request that a call with this number sends.</summary>
    public RequestTemplate this[int number] => templates[number % templates.Length];

    /// <summary>Makes as many requests as there are rows, or as fit into memory; request i holds the rows i, i + 1, ... of the pool.</summary>
    public static RequestSet From(RequestShape shape, RowPool pool)
    {
        var templates = new RequestTemplate[Math.Clamp((int)(MostBytes / shape.Bytes), 2, pool.Count)];
        for (var i = 0; i < templates.Length; i++)
        {
            var rows = Enumerable.Range(i, shape.Rows).Select(row => row % pool.Count).ToList();
            var data = rows.SelectMany(row => pool.Data(row)).ToArray();
            templates[i] = Template(shape, data, [.. rows.SelectMany(row => pool.Answer(row))]);
        }

        return new RequestSet(shape, templates);
    }

    /// <summary>Encodes one request with the generated messages.</summary>
    public static RequestTemplate Template(RequestShape shape, float[] data, float[] expected)
    {
        var tensor = new ModelInferRequest.Types.InferInputTensor
        {
            Name = shape.Input,
            Datatype = "FP32",
            Shape = { data.Length / shape.Width, shape.Width },
        };
        var tail = new ModelInferRequest { Inputs = { tensor }, RawInputContents = { ByteString.CopyFrom(MemoryMarshal.AsBytes<float>(data)) } };
        var head = new ModelInferRequest { ModelName = shape.Model, ModelVersion = shape.Version };
        return new RequestTemplate(head.ToByteArray(), tail.ToByteArray(), expected);
    }
}
