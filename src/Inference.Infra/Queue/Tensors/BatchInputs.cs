using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Infra.Queue.Tensors;

/// <summary>Puts the inputs of several requests one below the other, each copied once, straight to its place.</summary>
internal static class BatchInputs
{
    /// <summary>The batch's inputs, owned by the caller.</summary>
    /// <param name="spec">The model's inputs.</param>
    /// <param name="plan">What is filled up.</param>
    /// <param name="members">Inputs of each request, all of one signature.</param>
    /// <param name="rows">Their rows together.</param>
    /// <param name="longest">Sizes of the padded axes; empty where nothing is filled up.</param>
    public static TensorSet Merge(ModelSpec spec, PaddingPlan plan, IReadOnlyList<TensorSet> members, long rows, ReadOnlySpan<long> longest)
    {
        var merged = new TensorSet(spec.Inputs.Length);
        try
        {
            foreach (var input in spec.Inputs)
                merged.Add(input.Name, input.Type == TensorType.Bytes ? Joined(input.Name, members, rows) : Stacked(input, plan, members, rows, longest));
            return merged;
        }
        catch
        {
            merged.Dispose();
            throw;
        }
    }

    /// <summary>Elements of variable length, one after the other.</summary>
    public static Tensor Joined(string name, IReadOnlyList<TensorSet> members, long rows)
    {
        long length = 0;
        foreach (var member in members)
            length += member.Get(name).Data.Length;
        var buffer = TensorPool.Shared.Rent(length);
        try
        {
            var rest = buffer.Memory.Span;
            foreach (var member in members)
            {
                var tensor = member.Get(name);
                tensor.CopyTo(rest);
                rest = rest[tensor.Data.Length..];
            }

            long[] dimensions = [.. members[0].Get(name).Shape.Dimensions];
            dimensions[0] = rows;
            return Tensor.Wrap(name, TensorType.Bytes, TensorShape.Create(dimensions, name), buffer.Memory, buffer);
        }
        catch
        {
            buffer.Release();
            throw;
        }
    }

    private static Tensor Stacked(TensorSpec input, PaddingPlan plan, IReadOnlyList<TensorSet> members, long rows, ReadOnlySpan<long> longest)
    {
        var first = members[0].Get(input.Name).Shape;
        var shape = longest.IsEmpty ? WithRows(first, rows, input.Name) : plan.PaddedShape(input.Name, first, rows, longest);
        var tensor = Tensor.Allocate(input.Type, shape);
        var rest = tensor.Mutable<byte>();
        var rowBytes = rows == 0 ? 0 : (int)(rest.Length / rows);
        if (!longest.IsEmpty)
            FillValue.Fill(tensor, plan.ValueOf(input.Name));
        foreach (var member in members)
        {
            var part = member.Get(input.Name);
            var own = (int)part.Shape[0] * rowBytes;
            if (longest.IsEmpty)
                part.CopyTo(rest);
            else
                AxisCopy.Copy(part.Data.Span, part.Shape, rest[..own], WithRows(shape, part.Shape[0], input.Name), input.Type.ElementSize());
            rest = rest[own..];
        }

        return tensor;
    }

    private static TensorShape WithRows(TensorShape shape, long rows, string name)
    {
        if (shape[0] == rows)
            return shape;
        long[] dimensions = [.. shape.Dimensions];
        dimensions[0] = rows;
        return TensorShape.Create(dimensions, name);
    }
}
