using CsCheck;
using Inference.Domain.Tensors;
using Inference.Infra.Components.Regression;
using static Inference.Infra.Tests.Components.ComponentHost;

namespace Inference.Infra.Tests.Components.Regression;

internal sealed class AffineTests
{
    [Test]
    public void Process_AnyNumbers_IsTheNaiveFormulaClipped() =>
        Gen.Select(Gen.Double[-10, 10], Gen.Double[-10, 10], Gen.Float[-100, 100].Array[0, 20]).Sample((scale, offset, values) =>
        {
            var component = Postprocessor(new AffineFactory(), Spec("y", TensorType.Float32, -1), $"{{ scale: {scale:R}, offset: {offset:R}, minimum: -50, maximum: 60 }}");
            using var outputs = component.Process(new TensorSet().With("y", values));
            return outputs.Floats("value").SequenceEqual(values.Select(v => (float)Math.Clamp((v * scale) + offset, -50, 60)));
        });

    [Test]
    public void Process_OtherShapeAndPrecision_KeepsTheShape()
    {
        var component = Postprocessor(new AffineFactory(), Spec("y", TensorType.Float64, -1, 2, 1), "output: petal_width");
        using var outputs = component.Process(new TensorSet().Add("y", Tensor.From<double>(TensorType.Float64, TensorShape.Of(2, 2, 1), [1, 2, 3, 4])));
        Assert.That(outputs.Get("petal_width").Shape, Is.EqualTo(TensorShape.Of(2, 2, 1)));
        Assert.That(outputs.Floats("petal_width"), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
        Assert.That(component.Outputs.Single().Describe(), Is.EqualTo("FP32[-1,2,1]"));
    }

    [Test]
    public void Process_NaN_StaysNaN()
    {
        using var outputs = Postprocessor(new AffineFactory(), Spec("y", TensorType.Float32, -1), "{ minimum: 0, maximum: 1 }").Process(new TensorSet().With("y", float.NaN));
        Assert.That(outputs.Floats("value")[0], Is.NaN);
    }

    [TestCase("{ minimum: 2, maximum: 1 }", "is 2, which is above the maximum 1")]
    [TestCase("scale: .inf", "expected a number")]
    [TestCase("output: ''", "is empty")]
    [TestCase("value: y", "Did you mean 'values'?")]
    public void Create_WrongOption_TellsWhatIsWrong(string yaml, string expected) =>
        Assert.That(Mistakes(() => Postprocessor(new AffineFactory(), Spec("y", TensorType.Float32, -1), yaml)).Single(), Does.Contain(expected));
}
