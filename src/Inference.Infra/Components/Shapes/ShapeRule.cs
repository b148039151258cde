using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Shapes;

/// <summary>The same elements in another shape: the axes of any size stand in the same order on both sides.</summary>
/// <param name="From">What comes.</param>
/// <param name="To">What goes.</param>
internal sealed record ShapeRule(TensorSpec From, TensorSpec To)
{
    /// <summary>Both sides are the same.</summary>
    public bool IsPlain => From.Dimensions.AsSpan().SequenceEqual(To.Dimensions.AsSpan());

    /// <summary>What keeps the two from having the same elements; null where nothing does.</summary>
    public static string? Misfit(ReadOnlySpan<long> one, ReadOnlySpan<long> other)
    {
        if (one.Count(TensorSpec.Any) != other.Count(TensorSpec.Any))
            return "they have not the same number of axes of any size (-1)";
        return Elements(one) == Elements(other) ? null : "they have not the same number of elements";
    }

    /// <summary>The tensor in its other shape, over the same memory.</summary>
    /// <param name="tensor">Fits <see cref="From"/>.</param>
    /// <param name="owner">How errors name the tensor.</param>
    /// <exception cref="InferenceException">ExecutionFailed where a model's output does not have the shape that it states.</exception>
    public Tensor Apply(Tensor tensor, string owner)
    {
        if (IsPlain)
            return tensor.Share();
        if (!From.Accepts(tensor.Shape))
            throw new InferenceException(ErrorCode.ExecutionFailed, $"{owner} came out as {tensor.Shape}, expected {From.Describe()}.");
        Span<long> shape = stackalloc long[To.Dimensions.Length];
        var axis = 0;
        for (var i = 0; i < shape.Length; i++)
            shape[i] = To.Dimensions[i] != TensorSpec.Any ? To.Dimensions[i] : NextAny(tensor.Shape, ref axis);
        return tensor.Slice(TensorShape.Of(shape), 0, tensor.Data.Length);
    }

    private static UInt128 Elements(ReadOnlySpan<long> dimensions)
    {
        // Real shapes stay far below; beyond, two products are not compared exactly, and the request's own check decides.
        UInt128 product = 1;
        foreach (var dimension in dimensions)
            product = dimension == TensorSpec.Any || product > ulong.MaxValue ? product : product * (ulong)dimension;
        return product;
    }

    private long NextAny(TensorShape shape, ref int axis)
    {
        while (From.Dimensions[axis] != TensorSpec.Any)
            axis++;
        return shape[axis++];
    }
}
