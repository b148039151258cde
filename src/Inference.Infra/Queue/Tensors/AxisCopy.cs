using Inference.Domain.Tensors;

namespace Inference.Infra.Queue.Tensors;

/// <summary>Copies the common part of two dense tensors of one rank and element size.</summary>
internal static class AxisCopy
{
    /// <summary>Copies what both have, from the first element of each axis on.</summary>
    /// <param name="from">Elements, row-major.</param>
    /// <param name="fromShape">Their shape.</param>
    /// <param name="to">Room for elements, row-major.</param>
    /// <param name="toShape">Its shape.</param>
    /// <param name="elementSize">Bytes of an element.</param>
    public static void Copy(ReadOnlySpan<byte> from, TensorShape fromShape, Span<byte> to, TensorShape toShape, int elementSize)
    {
        if (fromShape == toShape)
            from.CopyTo(to);
        else
            Copy(from, fromShape.Dimensions.AsSpan(), to, toShape.Dimensions.AsSpan(), elementSize);
    }

    private static void Copy(ReadOnlySpan<byte> from, ReadOnlySpan<long> fromSizes, Span<byte> to, ReadOnlySpan<long> toSizes, int elementSize)
    {
        if (fromSizes.IsEmpty || fromSizes.SequenceEqual(toSizes))
        {
            from.CopyTo(to);
            return;
        }

        var common = Math.Min(fromSizes[0], toSizes[0]);
        if (common == 0)
            return;
        var fromStep = (int)(from.Length / fromSizes[0]);
        var toStep = (int)(to.Length / toSizes[0]);
        if (fromSizes[1..].SequenceEqual(toSizes[1..]))
        {
            from[..(int)(common * fromStep)].CopyTo(to);
            return;
        }

        for (var i = 0; i < common; i++)
            Copy(from.Slice(i * fromStep, fromStep), fromSizes[1..], to.Slice(i * toStep, toStep), toSizes[1..], elementSize);
    }
}
