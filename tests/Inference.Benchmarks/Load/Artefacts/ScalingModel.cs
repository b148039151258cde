using System.Runtime.InteropServices;

namespace Inference.Benchmarks.Load.Artefacts;

/// <summary>
/// A small ONNX model that tells by its answer which one it is: <c>y = x · W</c> with factor times the identity for W, both FP32 of any
/// number of rows. A side of 128 makes 64 KiB of weights.
/// </summary>
internal static class ScalingModel
{
    private const int IrVersion = 8;
    private const int Opset = 13;
    private const int Float = 1;

    /// <summary>The artefact.</summary>
    /// <param name="side">Numbers of a row.</param>
    /// <param name="factor">What it multiplies by.</param>
    public static byte[] Bytes(int side, float factor) => OnnxFields.Message(model =>
    {
        model.Number(1, IrVersion);
        model.Nested(7, graph => Graph(graph, side, factor));
        model.Nested(8, opset =>
        {
            opset.Text(1, string.Empty);
            opset.Number(2, Opset);
        });
    });

    private static void Graph(OnnxFields graph, int side, float factor)
    {
        var weights = new float[side * side];
        for (var i = 0; i < side; i++)
            weights[i * (side + 1)] = factor;
        graph.Nested(1, node =>
        {
            node.Text(1, "x");
            node.Text(1, "w");
            node.Text(2, "y");
            node.Text(4, "MatMul");
        });
        graph.Text(2, "scaling");
        graph.Nested(5, initializer =>
        {
            initializer.Number(1, side);
            initializer.Number(1, side);
            initializer.Number(2, Float);
            initializer.Text(8, "w");
            initializer.Raw(9, MemoryMarshal.AsBytes<float>(weights));
        });
        graph.Nested(11, value => Rows(value, "x", side));
        graph.Nested(12, value => Rows(value, "y", side));
    }

    private static void Rows(OnnxFields value, string name, int side)
    {
        value.Text(1, name);
        value.Nested(2, type => type.Nested(1, tensor =>
        {
            tensor.Number(1, Float);
            tensor.Nested(2, shape =>
            {
                shape.Nested(1, rows => rows.Text(2, "rows"));
                shape.Nested(1, columns => columns.Number(1, side));
            });
        }));
    }
}
