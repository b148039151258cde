using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Infra.Queue.Tensors;

/// <summary>
/// Hands out the outputs of a batch: each request gets slices over the same memory. Only what was filled up is cut back by
/// copying. Used by one thread.
/// </summary>
internal sealed class BatchOutputs
{
    private readonly ModelSpec _spec;
    private readonly PaddingPlan _plan;
    private readonly TensorSet _outputs;
    private readonly int[] _offsets;
    private readonly long[] _longest;

    /// <summary>Creates it over outputs that stay the caller's.</summary>
    public BatchOutputs(ModelSpec spec, PaddingPlan plan, TensorSet outputs, long[] longest)
    {
        _spec = spec;
        _plan = plan;
        _outputs = outputs;
        _longest = longest;
        _offsets = new int[outputs.Count];
    }

    /// <summary>The first output that does not have so many rows, so that it cannot be handed out; null where all do.</summary>
    public static string? Misfit(TensorSet outputs, long rows)
    {
        for (var i = 0; i < outputs.Count; i++)
        {
            var (name, tensor) = outputs[i];
            if (tensor.Shape.Rank == 0 || tensor.Shape[0] != rows)
                return name;
        }

        return null;
    }

    /// <summary>The part of the next request, owned by the caller.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="own">Sizes of its padded axes; empty where nothing is filled up.</param>
    public TensorSet Next(long rows, ReadOnlySpan<long> own)
    {
        var part = new TensorSet(_outputs.Count);
        try
        {
            for (var i = 0; i < _outputs.Count; i++)
                part.Add(_outputs[i].Name, Next(i, rows, own));
            return part;
        }
        catch
        {
            part.Dispose();
            throw;
        }
    }

    /// <summary>Passes over the part of a request that is not answered.</summary>
    public void Skip(long rows)
    {
        for (var i = 0; i < _outputs.Count; i++)
            _offsets[i] += Length(_outputs[i].Tensor, _offsets[i], rows);
    }

    private Tensor Next(int index, long rows, ReadOnlySpan<long> own)
    {
        var (name, tensor) = _outputs[index];
        var offset = _offsets[index];
        var length = Length(tensor, offset, rows);
        _offsets[index] = offset + length;
        long[] dimensions = [.. tensor.Shape.Dimensions];
        dimensions[0] = rows;
        var shape = TensorShape.Create(dimensions, name);
        if (!own.IsEmpty)
        {
            var cut = _plan.CutShape(_spec.Outputs[index], tensor.Shape, rows, _longest, own);
            if (cut != shape)
                return Cut(tensor, shape, offset, length, cut);
        }

        return tensor.Slice(shape, offset, length);
    }

    private static Tensor Cut(Tensor tensor, TensorShape shape, int offset, int length, TensorShape cut)
    {
        var part = Tensor.Allocate(tensor.Type, cut);
        AxisCopy.Copy(tensor.Data.Span.Slice(offset, length), shape, part.Mutable<byte>(), cut, tensor.Type.ElementSize());
        return part;
    }

    private static int Length(Tensor tensor, int offset, long rows)
    {
        var total = tensor.Shape[0];
        if (tensor.Type != TensorType.Bytes)
            return total == 0 ? 0 : (int)(tensor.Data.Length / total * rows);
        var elements = total == 0 ? 0 : tensor.Shape.ElementCount / total * rows;
        return RowSlices.Length(tensor.Data.Span[offset..], elements);
    }
}
