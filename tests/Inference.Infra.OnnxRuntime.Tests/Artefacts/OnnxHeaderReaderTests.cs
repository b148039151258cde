using Inference.Infra.OnnxRuntime.Artefacts;
using Inference.Infra.OnnxRuntime.Tests.Models;

namespace Inference.Infra.OnnxRuntime.Tests.Artefacts;

[TestFixture]
internal sealed class OnnxHeaderReaderTests
{
    [Test]
    public void Read_Inputs_ShapesAsDeclared()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.onnx", Onnx.Model(g => g
            .Initializer(t => Onnx.Floats(t, "w", new float[10_000]))
            .Input("fixed", Onnx.Float, 2, 3)
            .Input("scalar", Onnx.Float)
            .Input("symbolic", Onnx.Float, 2, "n")
            .InputWithoutShape("none", Onnx.Float)
            .Output("y", Onnx.Float, "ignored")));
        var header = OnnxHeaderReader.Read(path, Runtime.Label);
        Assert.That(header.Inputs, Is.EqualTo(new DeclaredTensor[]
        {
            new("fixed", true, true),
            new("scalar", true, true),
            new("symbolic", true, false),
            new("none", false, true),
        }));
        Assert.That(header.HasFixedInputs, Is.False);
    }

    [Test]
    public void Read_StoredModels_AgreesWithTheirNames()
    {
        Assert.That(OnnxHeaderReader.Read(Runtime.Stored("fixed"), Runtime.Label).HasFixedInputs, Is.True);
        Assert.That(OnnxHeaderReader.Read(Runtime.Stored("dense"), Runtime.Label).HasFixedInputs, Is.False);
    }
}
