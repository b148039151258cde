using CsCheck;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Tests.Queue.Waiting;

[TestFixture]
internal sealed class SignatureTests
{
    private static readonly VariableAxis[] Axes = [new("a", 1), new("b", 2)];

    [Test]
    public void Of_AnyShapes_EqualWhereTheAxesAre()
    {
        var sizes = Gen.Select(Gen.Long[1, 3], Gen.Long[1, 2], Gen.Long[1, 2], Gen.Long[1, 2]);
        Gen.Select(sizes, sizes).Sample((first, second) =>
        {
            using var one = Inputs(first);
            using var other = Inputs(second);
            var (a, b) = (Signature.Of(one, Axes), Signature.Of(other, Axes));
            var expected = (first.Item2, first.Item4) == (second.Item2, second.Item4);
            return a.Equals(b) == expected && (!expected || a.GetHashCode() == b.GetHashCode()) && Signature.Of(one, []).Equals(Signature.Only);
        });
    }

    private static TensorSet Inputs((long Rows, long A, long Fixed, long B) sizes) => new TensorSet()
        .Add("a", Tensor.Allocate(TensorType.Int8, TensorShape.Of(sizes.Rows, sizes.A)))
        .Add("b", Tensor.Allocate(TensorType.Int8, TensorShape.Of(sizes.Rows, sizes.Fixed, sizes.B)));
}
