using Inference.Domain;
using Inference.Infra.OnnxRuntime.Tests.Models;

namespace Inference.Infra.OnnxRuntime.Tests.Sessions;

[TestFixture]
internal sealed class SpecReaderTests
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task Load_FixedAndSymbolicDimensions_SpecHasBoth()
    {
        var loaded = Load(Onnx.Model(g => g
            .Node("Identity", ["x"], ["y"])
            .Input("x", Onnx.Float, "batch", 3, "length")
            .Output("y", Onnx.Float, "batch", 3, "length")));
        await using var executor = loaded.Executor;
        var input = loaded.Spec.Inputs.Single();
        Assert.Multiple(() =>
        {
            Assert.That(input.Describe(), Is.EqualTo("FP32[-1,3,-1]"));
            Assert.That(input.Symbols, Is.EqualTo(new[] { "batch", "", "length" }));
            Assert.That(executor.Info.Device, Is.EqualTo("cpu"));
            Assert.That(executor.Info.Fallback, Is.Null);
        });
    }

    [Test]
    public async Task Load_InitializerAmongTheInputs_IsNoInput()
    {
        // Before IR version 4 every initializer had to be listed as an input.
        var loaded = Load(Onnx.Model(
            g => g
                .Node("Add", ["x", "w"], ["y"])
                .Initializer(t => Onnx.Floats(t, "w", 1, 2))
                .Input("x", Onnx.Float, "batch", 2)
                .Input("w", Onnx.Float, 2)
                .Output("y", Onnx.Float, "batch", 2),
            irVersion: 3));
        await loaded.Executor.DisposeAsync();
        Assert.That(loaded.Spec.Inputs.Single().Name, Is.EqualTo("x"));
    }

    [Test]
    public void Load_InputWithoutShape_Refused() =>
        Refused(Onnx.Model(g => g.Node("Neg", ["x"], ["y"]).InputWithoutShape("x", Onnx.Float).Output("y", Onnx.Float, 1)), "input 'x' states no shape", "export");

    [Test]
    public void Load_SequenceOutput_RefusedWithTheRemedy() =>
        Refused(Onnx.Model(g => g.Node("SequenceConstruct", ["x"], ["y"]).Input("x", Onnx.Float, 1).SequenceOutput("y", Onnx.Float)), "output 'y' is a sequence", "'zipmap': False");

    [Test]
    public void Load_ComplexInput_Refused() => Refused(Onnx.Identity(Onnx.Complex64, 1), "element type that is not served", "cast it");

    [Test]
    public void Load_Float8Input_Refused() =>
        Refused(Onnx.Model(g => g.Node("Identity", ["x"], ["y"]).Input("x", Onnx.Float8, 1).Output("y", Onnx.Float8, 1), opset: 19, irVersion: 9), "element type that is not served", "cast it");

    [Test]
    public void Load_NoOutputs_Refused() =>
        Refused(Onnx.Model(g => g.Node("Neg", ["x"], ["y"]).Input("x", Onnx.Float, 1)), "it has no outputs");

    private Domain.Execution.LoadedArtefact Load(byte[] model) => Runtime.Load(_folder.Write("model.onnx", model));

    private void Refused(byte[] model, params string[] said)
    {
        var error = Assert.Throws<InferenceException>(() => Load(model))!;
        Assert.That(error.Code, Is.EqualTo(ErrorCode.LoadFailed));
        Assert.That(error.Message, Does.StartWith(Runtime.Label).And.Not.Contain(_folder.Path));
        foreach (var text in said)
            Assert.That(error.Message, Does.Contain(text));
    }
}
