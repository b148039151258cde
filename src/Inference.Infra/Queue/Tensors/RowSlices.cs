using System.Buffers.Binary;
using System.Collections.Immutable;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Infra.Queue.Tensors;

/// <summary>Takes tensors apart by rows, without copying, and puts them together again.</summary>
internal static class RowSlices
{
    /// <summary>Some rows of every tensor, over the same memory; owned by the caller.</summary>
    public static TensorSet Of(TensorSet tensors, long first, long rows)
    {
        var slices = new TensorSet(tensors.Count);
        try
        {
            for (var i = 0; i < tensors.Count; i++)
                slices.Add(tensors[i].Name, Of(tensors[i].Name, tensors[i].Tensor, first, rows));
            return slices;
        }
        catch
        {
            slices.Dispose();
            throw;
        }
    }

    /// <summary>The rows of several sets one below the other; owned by the caller.</summary>
    /// <exception cref="InferenceException">ExecutionFailed where the parts have different sizes beside their rows.</exception>
    public static TensorSet Join(ImmutableArray<TensorSpec> specs, IReadOnlyList<TensorSet> parts, long rows)
    {
        var joined = new TensorSet(specs.Length);
        try
        {
            foreach (var spec in specs)
            {
                RequireEqualRows(spec.Name, parts);
                joined.Add(spec.Name, spec.Type == TensorType.Bytes ? BatchInputs.Joined(spec.Name, parts, rows) : Stacked(spec, parts, rows));
            }

            return joined;
        }
        catch
        {
            joined.Dispose();
            throw;
        }
    }

    private static Tensor Of(string name, Tensor tensor, long first, long rows)
    {
        long[] dimensions = [.. tensor.Shape.Dimensions];
        var total = dimensions[0];
        dimensions[0] = rows;
        var shape = TensorShape.Create(dimensions, name);
        if (tensor.Type != TensorType.Bytes)
        {
            var row = tensor.Data.Length / total;
            return tensor.Slice(shape, (int)(row * first), (int)(row * rows));
        }

        var elements = tensor.Shape.ElementCount / total;
        var offset = Length(tensor.Data.Span, elements * first);
        return tensor.Slice(shape, offset, Length(tensor.Data.Span[offset..], elements * rows));
    }

    /// <summary>Bytes of the first elements of variable length.</summary>
    public static int Length(ReadOnlySpan<byte> data, long elements)
    {
        var length = 0;
        for (long i = 0; i < elements; i++)
            length += TensorDataCheck.LengthPrefix + BinaryPrimitives.ReadInt32LittleEndian(data[length..]);
        return length;
    }

    private static void RequireEqualRows(string name, IReadOnlyList<TensorSet> parts)
    {
        var first = parts[0].Get(name).Shape;
        foreach (var part in parts)
        {
            var shape = part.Get(name).Shape;
            if (!shape.Dimensions.AsSpan()[1..].SequenceEqual(first.Dimensions.AsSpan()[1..]))
                throw new InferenceException(ErrorCode.ExecutionFailed, $"output {ErrorText.Quote(name)} came out as {shape} for one part of the request and as {first} for another; send fewer rows.");
        }
    }

    private static Tensor Stacked(TensorSpec spec, IReadOnlyList<TensorSet> parts, long rows)
    {
        var first = parts[0].Get(spec.Name).Shape;
        long[] dimensions = [.. first.Dimensions];
        dimensions[0] = rows;
        var tensor = Tensor.Allocate(spec.Type, TensorShape.Create(dimensions, spec.Name));
        var rest = tensor.Mutable<byte>();
        foreach (var part in parts)
        {
            var piece = part.Get(spec.Name);
            piece.Data.Span.CopyTo(rest);
            rest = rest[piece.Data.Length..];
        }

        return tensor;
    }
}
