using Inference.Domain;
using Inference.Domain.Tensors;
using Inference.Infra.Components.Shapes;

namespace Inference.Infra.Tests.Components.Shapes;

[TestFixture]
internal sealed class ReshapeTests
{
    [Test]
    public void Inputs_OtherShape_KeepElementsAndSharesMemory()
    {
        var reshape = ComponentHost.Preprocessor(new ReshapeInputsFactory(), ComponentHost.Spec("x", TensorType.Float32, -1, 6), "inputs: { x: [-1, 2, 3] }");
        using var inputs = new TensorSet().Add("x", Tensor.From<float>(TensorType.Float32, TensorShape.Of(2, 2, 3), Enumerable.Range(0, 12).Select(i => (float)i).ToArray()));
        using var prepared = reshape.Process(inputs);

        Assert.Multiple(() =>
        {
            Assert.That(reshape.Inputs.Single().Dimensions, Is.EqualTo(new long[] { -1, 2, 3 }));
            Assert.That(prepared[0].Tensor.Shape, Is.EqualTo(TensorShape.Of(2, 6)));
            Assert.That(prepared[0].Tensor.Data, Is.EqualTo(inputs[0].Tensor.Data));
        });
    }

    [Test]
    public void Outputs_AxesOfAnySize_StandInTheirOrder()
    {
        var reshape = ComponentHost.Postprocessor(new ReshapeOutputsFactory(), ComponentHost.Spec("y", TensorType.Int64, -1, 2, -1), "outputs: { y: [-1, -1, 1, 2] }");
        using var outputs = new TensorSet().Add("y", Tensor.From<long>(TensorType.Int64, TensorShape.Of(3, 2, 5), new long[30]));
        using var result = reshape.Process(outputs);

        Assert.That(result[0].Tensor.Shape, Is.EqualTo(TensorShape.Of(3, 5, 1, 2)));
    }

    [Test]
    public void Outputs_NotWhatTheModelStates_IsItsFault()
    {
        var reshape = ComponentHost.Postprocessor(new ReshapeOutputsFactory(), ComponentHost.Spec("y", TensorType.Float32, 4), "outputs: { y: [2, 2] }");
        using var outputs = new TensorSet().With("y", 1f, 2f, 3f);
        Assert.That(ComponentHost.Refusal(ErrorCode.ExecutionFailed, () => reshape.Process(outputs)), Is.EqualTo("output 'y' came out as [3], expected FP32[4]."));
    }

    [TestCase("inputs: { x: [-1, 7] }", "they have not the same number of elements")]
    [TestCase("inputs: { x: [6] }", "they have not the same number of axes of any size")]
    [TestCase("inputs: { x: [-1, 0] }", "expected sizes of at least 1, or -1 for any")]
    [TestCase("inputs: { x: [-1, 9223372036854775807, 9223372036854775807, 6] }", "they have not the same number of elements")]
    [TestCase("inputs: { z: [-1, 6] }", "key 'z' is not known")]
    public void Inputs_ShapesThatDoNotFit_AreRefused(string yaml, string expected) =>
        Assert.That(ComponentHost.Mistakes(() => ComponentHost.Preprocessor(new ReshapeInputsFactory(), ComponentHost.Spec("x", TensorType.Float32, -1, 6), yaml)), Has.Some.Contains(expected));
}
