using CsCheck;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Tensors;

namespace Inference.Infra.Tests.Queue.Tensors;

[TestFixture]
internal sealed class AxisCopyTests
{
    private const byte Untouched = 255;

    [Test]
    public void Copy_AnyTwoShapes_CommonPartIsCopiedAndNothingElse()
    {
        Gen.Int[1, 4].SelectMany(rank => Gen.Select(Gen.Long[0, 4].Array[rank], Gen.Long[0, 4].Array[rank], Gen.Int[1, 8])).Sample((fromSizes, toSizes, elementSize) =>
        {
            TensorShape fromShape = TensorShape.Of(fromSizes), toShape = TensorShape.Of(toSizes);
            var from = new byte[fromShape.ElementCount * elementSize];
            for (var i = 0; i < from.Length; i++)
                from[i] = (byte)(i % 251);
            var to = new byte[toShape.ElementCount * elementSize];
            Array.Fill(to, Untouched);
            AxisCopy.Copy(from, fromShape, to, toShape, elementSize);
            foreach (var (index, offset) in Indices(toSizes))
            {
                var source = Offset(index, fromSizes);
                for (var b = 0; b < elementSize; b++)
                    Assert.That(to[(offset * elementSize) + b], Is.EqualTo(source < 0 ? Untouched : from[(source * elementSize) + b]));
            }
        });
    }

    private static IEnumerable<(long[] Index, long Offset)> Indices(long[] sizes)
    {
        var count = sizes.Aggregate(1L, (a, b) => a * b);
        for (long offset = 0; offset < count; offset++)
        {
            var index = new long[sizes.Length];
            var rest = offset;
            for (var axis = sizes.Length - 1; axis >= 0; axis--)
                (rest, index[axis]) = Math.DivRem(rest, sizes[axis]);
            yield return (index, offset);
        }
    }

    private static long Offset(long[] index, long[] sizes)
    {
        long offset = 0;
        for (var axis = 0; axis < sizes.Length; axis++)
        {
            if (index[axis] >= sizes[axis])
                return -1;
            offset = (offset * sizes[axis]) + index[axis];
        }

        return offset;
    }
}
