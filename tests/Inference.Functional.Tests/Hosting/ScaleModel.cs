using System.Runtime.InteropServices;
using Inference.Benchmarks.Load.Artefacts;

namespace Inference.Functional.Tests.Hosting;

/// <summary>
/// An ONNX model made here: <c>y = factor · x</c>, both FP32 of any number of rows of two. So a test can tell by an answer
/// which content gave it.
/// </summary>
internal static class ScaleModel
{
    private const int IrVersion = 8;
    private const int Opset = 13;
    private const int Float = 1;

    public static byte[] Bytes(float factor) => OnnxFields.Message(model =>
    {
        model.Number(1, IrVersion);
        model.Nested(7, graph =>
        {
            graph.Nested(1, node =>
            {
                node.Text(1, "x");
                node.Text(1, "factor");
                node.Text(2, "y");
                node.Text(4, "Mul");
            });
            graph.Text(2, "scale");
            graph.Nested(5, initializer =>
            {
                initializer.Number(2, Float);
                initializer.Text(8, "factor");
                initializer.Raw(9, MemoryMarshal.AsBytes<float>([factor]));
            });
            graph.Nested(11, input => Rows(input, "x"));
            graph.Nested(12, output => Rows(output, "y"));
        });
        model.Nested(8, opset =>
        {
            opset.Text(1, string.Empty);
            opset.Number(2, Opset);
        });
    });

    /// <summary>Puts the model in a version's place, at once.</summary>
    public static void Put(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path + ".tmp", content);
        File.Move(path + ".tmp", path, overwrite: true);
    }

    private static void Rows(OnnxFields value, string name)
    {
        value.Text(1, name);
        value.Nested(2, type => type.Nested(1, tensor =>
        {
            tensor.Number(1, Float);
            tensor.Nested(2, shape =>
            {
                shape.Nested(1, rows => rows.Text(2, "rows"));
                shape.Nested(1, two => two.Number(1, 2));
            });
        }));
    }
}
