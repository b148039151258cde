using CsCheck;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Models;

internal sealed class TensorSpecTests
{
    private static readonly Gen<long[]> Dimensions = Gen.Long[-1, 2].Array[0, 3];

    [Test]
    public void Accepts_AnyShape_ComparesFixedSizesOnly() =>
        Gen.Select(Dimensions, Gen.Long[0, 2].Array[0, 3]).Sample((spec, shape) =>
            Spec(spec).Accepts(TensorShape.Of(shape)) == (spec.Length == shape.Length && spec.Zip(shape, (s, d) => s == -1 || s == d).All(fits => fits)));

    [Test]
    public void IsCompatibleWith_AnyTwo_IsSymmetricAndAcceptsWhatBothAccept() =>
        Gen.Select(Dimensions, Dimensions, Gen.Long[0, 2].Array[0, 3]).Sample((a, b, shape) =>
        {
            TensorSpec first = Spec(a), second = Spec(b);
            var both = first.Accepts(TensorShape.Of(shape)) && second.Accepts(TensorShape.Of(shape));
            return first.IsCompatibleWith(second) == second.IsCompatibleWith(first) && (!both || first.IsCompatibleWith(second));
        });

    [Test]
    public void IsCompatibleWith_OtherType_IsFalse() => Assert.That(Spec(-1).IsCompatibleWith(Spec(-1) with { Type = TensorType.Int64 }), Is.False);

    [TestCase(new long[] { -1, 2 }, ExpectedResult = true)]
    [TestCase(new long[] { 2, -1 }, ExpectedResult = false)]
    [TestCase(new long[0], ExpectedResult = false)]
    public bool HasVariableFirstAxis_Dimensions_LooksAtTheFirst(long[] dimensions) => Spec(dimensions).HasVariableFirstAxis;

    [Test]
    public void Describe_TypeAndDimensions_AreShown() => Assert.That(Spec(-1, 3).Describe(), Is.EqualTo("FP32[-1,3]"));

    private static TensorSpec Spec(params long[] dimensions) => new("x", TensorType.Float32, [.. dimensions]);
}
