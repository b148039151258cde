using System.Runtime.InteropServices;

namespace Inference.Benchmarks.Load.Artefacts;

/// <summary>
/// An ONNX image classifier with the layers of ResNet-50: 53 convolutions in four stages of bottleneck blocks, their batch
/// normalisation folded in, and random weights. With 64 channels it has 25.5 million parameters in 102 MB. Input <c>x</c> is FP32
/// [batch, 3, height, width] with all but the 3 variable, output <c>y</c> FP32 [batch, 1000].
/// </summary>
internal sealed class ResidualNetwork
{
    private const int IrVersion = 8;
    private const int Opset = 13;
    private const int Float = 1;
    private const int IntegersAttribute = 7;
    private const int Classes = 1000;
    private const int Expansion = 4;
    private static readonly int[] Blocks = [3, 4, 6, 3];
    private readonly OnnxFields _graph;
    private readonly Random _random;
    private int _values;

    private ResidualNetwork(OnnxFields graph, int seed) => (_graph, _random) = (graph, new Random(seed));

    /// <summary>The artefact.</summary>
    /// <param name="channels">Of the first layer; parameters grow with its square. 40 makes 41 MB.</param>
    /// <param name="seed">Of the weights.</param>
    public static byte[] Bytes(int channels, int seed) => OnnxFields.Message(model =>
    {
        model.Number(1, IrVersion);
        model.Nested(7, graph => new ResidualNetwork(graph, seed).Write(channels));
        model.Nested(8, opset =>
        {
            opset.Text(1, string.Empty);
            opset.Number(2, Opset);
        });
    });

    private void Write(int channels)
    {
        _graph.Text(2, "residual");
        var value = Node("Relu", [Convolution("x", 3, channels, 7, 2, 1f)]);
        value = Node("MaxPool", [value], ("kernel_shape", [3, 3]), ("strides", [2, 2]), ("pads", [1, 1, 1, 1]));
        var width = channels;
        for (var stage = 0; stage < Blocks.Length; stage++)
        {
            var inner = channels << stage;
            for (var block = 0; block < Blocks[stage]; block++, width = Expansion * inner)
                value = Block(value, width, inner, stage > 0 && block == 0 ? 2 : 1);
        }

        value = Node("Flatten", [Node("GlobalAveragePool", [value])]);
        var scores = Node("MatMul", [value, Weights(width, [width, Classes])]);
        Named("Add", [scores, Weights(width, [Classes])], "y");
        _graph.Nested(11, input => Tensor(input, "x", ["batch", "3", "height", "width"]));
        _graph.Nested(12, output => Tensor(output, "y", ["batch", "1000"]));
    }

    private string Block(string value, int width, int inner, int stride)
    {
        var branch = Node("Relu", [Convolution(value, width, inner, 1, 1, 1f)]);
        branch = Node("Relu", [Convolution(branch, inner, inner, 3, stride, 1f)]);
        branch = Convolution(branch, inner, Expansion * inner, 1, 1, 0.3f);
        var past = width == Expansion * inner ? value : Convolution(value, width, Expansion * inner, 1, stride, 1f);
        return Node("Relu", [Node("Add", [branch, past])]);
    }

    private string Convolution(string value, int width, int filters, int kernel, int stride, float gain)
    {
        var inputs = width * kernel * kernel;
        var weights = Weights((int)(inputs / (gain * gain)), [filters, width, kernel, kernel]);
        int[] pads = [kernel / 2, kernel / 2, kernel / 2, kernel / 2];
        return Node("Conv", [value, weights, Weights(inputs, [filters])], ("kernel_shape", [kernel, kernel]), ("strides", [stride, stride]), ("pads", pads));
    }

    // Of a size that keeps that of the numbers from layer to layer.
    private string Weights(int inputs, int[] shape)
    {
        var numbers = new float[shape.Aggregate(1, (a, b) => a * b)];
        var most = 2 * MathF.Sqrt(6f / inputs);
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (_random.NextSingle() - 0.5f) * most;
        var name = Next();
        _graph.Nested(5, initializer =>
        {
            foreach (var size in shape)
                initializer.Number(1, size);
            initializer.Number(2, Float);
            initializer.Text(8, name);
            initializer.Raw(9, MemoryMarshal.AsBytes<float>(numbers));
        });
        return name;
    }

    private string Next() => FormattableString.Invariant($"v{_values++}");

    private string Node(string kind, string[] inputs, params (string Name, int[] Values)[] attributes) => Named(kind, inputs, Next(), attributes);

    private string Named(string kind, string[] inputs, string output, params (string Name, int[] Values)[] attributes)
    {
        _graph.Nested(1, node =>
        {
            foreach (var input in inputs)
                node.Text(1, input);
            node.Text(2, output);
            node.Text(4, kind);
            foreach (var (name, values) in attributes)
                node.Nested(5, attribute => Attribute(attribute, name, values));
        });
        return output;
    }

    private static void Attribute(OnnxFields attribute, string name, int[] values)
    {
        attribute.Text(1, name);
        foreach (var value in values)
            attribute.Number(8, value);
        attribute.Number(20, IntegersAttribute);
    }

    private static void Tensor(OnnxFields value, string name, string[] axes)
    {
        value.Text(1, name);
        value.Nested(2, type => type.Nested(1, tensor =>
        {
            tensor.Number(1, Float);
            tensor.Nested(2, shape =>
            {
                foreach (var axis in axes)
                    shape.Nested(1, dimension => Axis(dimension, axis));
            });
        }));
    }

    private static void Axis(OnnxFields dimension, string axis)
    {
        if (int.TryParse(axis, out var size))
            dimension.Number(1, size);
        else
            dimension.Text(2, axis);
    }
}
