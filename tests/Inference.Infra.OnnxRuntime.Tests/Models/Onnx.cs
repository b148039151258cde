using System.Runtime.InteropServices;

namespace Inference.Infra.OnnxRuntime.Tests.Models;

/// <summary>Parts of ONNX models, by the field numbers of onnx.proto.</summary>
internal static class Onnx
{
    public const int Float = 1;
    public const int Int64 = 7;
    public const int String = 8;
    public const int Bool = 9;
    public const int Complex64 = 14;
    public const int Float8 = 17;

    /// <summary>A whole model around what <paramref name="graph"/> writes.</summary>
    public static byte[] Model(Action<ProtobufWriter> graph, int opset = 15, int irVersion = 8, Action<ProtobufWriter>? more = null)
    {
        var model = new ProtobufWriter()
            .Number(1, irVersion)
            .Message(8, o => o.Text(1, string.Empty).Number(2, opset))
            .Message(7, g =>
            {
                g.Text(2, "graph");
                graph(g);
            });
        more?.Invoke(model);
        return model.Bytes;
    }

    /// <summary>A model that gives back its one input.</summary>
    public static byte[] Identity(int elementType, params object[] shape) =>
        Model(g => g.Node("Identity", ["x"], ["y"]).Input("x", elementType, shape).Output("y", elementType, shape));

    public static ProtobufWriter Node(this ProtobufWriter graph, string type, string[] inputs, string[] outputs, Action<ProtobufWriter>? attributes = null, string domain = "") =>
        graph.Message(1, n =>
        {
            foreach (var input in inputs)
                n.Text(1, input);
            foreach (var output in outputs)
                n.Text(2, output);
            n.Text(4, type);
            if (domain.Length > 0)
                n.Text(7, domain);
            attributes?.Invoke(n);
        });

    /// <summary>An attribute that holds a tensor.</summary>
    public static ProtobufWriter TensorAttribute(this ProtobufWriter node, string name, Action<ProtobufWriter> tensor) =>
        node.Message(5, a => a.Text(1, name).Message(5, tensor).Number(20, 4));

    /// <summary>An attribute that holds a whole number.</summary>
    public static ProtobufWriter IntegerAttribute(this ProtobufWriter node, string name, int value) =>
        node.Message(5, a => a.Text(1, name).Number(3, value).Number(20, 2));

    /// <summary>An attribute that holds a graph.</summary>
    public static ProtobufWriter GraphAttribute(this ProtobufWriter node, string name, Action<ProtobufWriter> graph) =>
        node.Message(5, a => a.Text(1, name).Message(6, graph).Number(20, 5));

    public static ProtobufWriter Input(this ProtobufWriter graph, string name, int elementType, params object[] shape) =>
        graph.Message(11, v => Tensor(v, name, elementType, shape));

    public static ProtobufWriter Output(this ProtobufWriter graph, string name, int elementType, params object[] shape) =>
        graph.Message(12, v => Tensor(v, name, elementType, shape));

    /// <summary>An input without a shape.</summary>
    public static ProtobufWriter InputWithoutShape(this ProtobufWriter graph, string name, int elementType) =>
        graph.Message(11, v => v.Text(1, name).Message(2, t => t.Message(1, tensor => tensor.Number(1, elementType))));

    /// <summary>An output that is a sequence of tensors.</summary>
    public static ProtobufWriter SequenceOutput(this ProtobufWriter graph, string name, int elementType) =>
        graph.Message(12, v => v.Text(1, name).Message(2, t => t.Message(4, s => s.Message(1, e => e.Message(1, tensor => tensor.Number(1, elementType))))));

    public static ProtobufWriter Initializer(this ProtobufWriter graph, Action<ProtobufWriter> tensor) => graph.Message(5, tensor);

    public static void Floats(ProtobufWriter tensor, string name, params float[] values) =>
        tensor.Number(1, values.Length).Number(2, Float).Text(8, name).Data(9, MemoryMarshal.AsBytes<float>(values));

    /// <summary>Four floats in another file.</summary>
    public static void External(ProtobufWriter tensor, string name, string location)
    {
        tensor.Number(1, 4).Number(2, Float).Text(8, name);
        foreach (var (key, value) in new[] { ("location", location), ("offset", "0"), ("length", "16") })
            tensor.Message(13, e => e.Text(1, key).Text(2, value));
        tensor.Number(14, 1);
    }

    private static void Tensor(ProtobufWriter value, string name, int elementType, object[] shape) =>
        value.Text(1, name).Message(2, type => type.Message(1, tensor => tensor.Number(1, elementType).Message(2, s =>
        {
            foreach (var dimension in shape)
                s.Message(1, d => Dimension(d, dimension));
        })));

    private static void Dimension(ProtobufWriter writer, object dimension)
    {
        if (dimension is string symbol)
            writer.Text(2, symbol);
        else
            writer.Number(1, (int)dimension);
    }
}
