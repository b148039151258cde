using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Tests.Models;

namespace Inference.Infra.OnnxRuntime.Tests.Sessions;

/// <summary>Why requests are not checked for equal sizes under one symbol: such a request may run, where an exporter gave one name to two axes.</summary>
[TestFixture]
internal sealed class SharedSymbolTests
{
    [Test]
    public async Task Execute_OneSymbolWithTwoSizes_RunsWhereTheModelDoesNotMind()
    {
        using var folder = new TemporaryFolder();
        var loaded = Runtime.Load(folder.Write("model.onnx", Onnx.Model(g => g
            .Node("Identity", ["a"], ["y"])
            .Node("Identity", ["b"], ["z"])
            .Input("a", Onnx.Float, 1, "length")
            .Input("b", Onnx.Float, 1, "length")
            .Output("y", Onnx.Float, 1, "length")
            .Output("z", Onnx.Float, 1, "length"))));
        await using var executor = loaded.Executor;
        using var inputs = Runtime.Floats("a", TensorShape.Of(1, 2), 1, 2).Add("b", Tensor.From<float>(TensorType.Float32, TensorShape.Of(1, 3), [3, 4, 5]));
        using var outputs = await executor.ExecuteAsync(inputs, Runtime.Context());
        Assert.That(outputs.Select(o => $"{o.Name} {o.Tensor.Shape}"), Is.EqualTo(new[] { "y [1,2]", "z [1,3]" }));
    }
}
