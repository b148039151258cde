using System.Numerics;
using CsCheck;
using Inference.Domain.Tensors;

namespace Inference.Domain.Tests.Tensors;

internal sealed class TensorShapeTests
{
    private static readonly Gen<long> Dimension = Gen.Frequency((8, Gen.Long[0, 9]), (1, Gen.Long[0, long.MaxValue]), (1, Gen.Long[-3, -1]));

    [Test]
    public void Create_AnyDimensions_IsRefusedExactlyWhereTheirCountDoesNotFit() =>
        Dimension.Array[0, 6].Sample(dimensions =>
        {
            var parts = dimensions.Where(d => d != 0).Aggregate(BigInteger.One, (a, d) => a * d);
            var fits = dimensions.All(d => d >= 0) && parts <= (dimensions.Contains(0) ? TensorShape.MaxEmptyProduct : long.MaxValue);
            try
            {
                var shape = TensorShape.Create(dimensions, "x");
                return fits && shape.ElementCount == (dimensions.Contains(0) ? 0 : (long)parts) && shape.Dimensions.SequenceEqual(dimensions);
            }
            catch (InferenceException e)
            {
                return !fits && e.Code == ErrorCode.InvalidArgument;
            }
        });

    [Test]
    public void Create_WrongDimensions_SaysWhichTensorAndWhy()
    {
        Assert.That(DomainErrors.InvalidArgument(() => TensorShape.Create([2, -1], "x")), Is.EqualTo("tensor 'x' has shape [2,-1]: a dimension is negative; requests carry concrete sizes, -1 is for metadata only."));
        Assert.That(DomainErrors.InvalidArgument(() => TensorShape.Create([long.MaxValue, 2], "x")), Does.Contain("overflows 64 bits"));
        Assert.That(DomainErrors.InvalidArgument(() => TensorShape.Create([0, long.MaxValue, 2], "x")), Does.Contain("overflows 64 bits"));
        Assert.That(DomainErrors.InvalidArgument(() => TensorShape.Create(new long[33], "x")), Does.Contain("at most 32 dimensions"));
    }

    [Test]
    public void Create_EmptyWithManyClaimedRows_IsRefusedAboveTheBound()
    {
        Assert.That(DomainErrors.InvalidArgument(() => TensorShape.Create([1L << 62, 0], "x")), Does.Contain("it has no elements").And.Contain("more than 2147483647"));
        Assert.That(DomainErrors.InvalidArgument(() => TensorShape.Create([1 << 16, 0, 1 << 15], "x")), Does.Contain("it has no elements"));
        Assert.That(TensorShape.Create([int.MaxValue, 0], "x").ElementCount, Is.Zero);
        Assert.That(TensorShape.Create([1L << 62], "x").ElementCount, Is.EqualTo(1L << 62));
    }

    [Test]
    public void Create_MostDimensions_IsAccepted() => Assert.That(TensorShape.Create(Enumerable.Repeat(1L, 32).ToArray(), "x").Rank, Is.EqualTo(32));

    [Test]
    public void Scalar_AndTheDefault_AreTheSameOneElement()
    {
        Assert.That((TensorShape.Scalar.Rank, TensorShape.Scalar.ElementCount), Is.EqualTo((0, 1L)));
        Assert.That((default(TensorShape).Rank, default(TensorShape).ElementCount), Is.EqualTo((0, 1L)));
        Assert.That(default(TensorShape), Is.EqualTo(TensorShape.Scalar));
        Assert.That(TensorShape.Of(), Is.EqualTo(TensorShape.Scalar));
    }

    [Test]
    public void Equals_AnyTwo_ComparesDimensions() =>
        Gen.Select(Gen.Long[0, 2].Array[0, 3], Gen.Long[0, 2].Array[0, 3]).Sample((a, b) =>
        {
            TensorShape first = TensorShape.Of(a), second = TensorShape.Of(b);
            var same = a.SequenceEqual(b);
            return first == second == same && first != second == !same && first.Equals((object)second) == same && (!same || first.GetHashCode() == second.GetHashCode());
        });

    [Test]
    public void ToString_Dimensions_AreListed() => Assert.That(TensorShape.Of(2, 3).ToString(), Is.EqualTo("[2,3]"));

    [Test]
    public void Create_ManyShapesInTurn_EachHasItsOwnDimensions()
    {
        for (var turn = 0; turn < 3; turn++)
        {
            for (long i = 0; i < 100; i++)
                Assert.That(TensorShape.Of(i, i + 1, 7).Dimensions, Is.EqualTo(new[] { i, i + 1, 7 }));
        }
    }

    [Test]
    public void Create_SameShapeAgain_TakesNoMemory()
    {
        TensorShape.Of(32, 150_528);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var shape = TensorShape.Of(32, 150_528);
        Assert.That((GC.GetAllocatedBytesForCurrentThread() - before, shape.ElementCount), Is.EqualTo((0L, 32 * 150_528L)));
    }
}
