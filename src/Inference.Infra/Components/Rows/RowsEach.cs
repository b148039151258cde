using System.Buffers.Binary;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Rows;

/// <summary>Feeds the model what the client sent, a few rows at a time, so that each few are answered on their own. Copies nothing.</summary>
internal sealed class RowsEach(ModelSpec model, long rows) : ISplittingPreprocessor
{
    public IReadOnlyList<TensorSpec> Inputs => model.Inputs;

    public IReadOnlyList<TensorSpec> Outputs => model.Inputs;

    public bool HasBatchAxis => true;

    public TensorSet Process(TensorSet inputs) => inputs.Share();

    public IEnumerable<TensorSet> Split(TensorSet inputs)
    {
        var total = inputs[0].Tensor.Shape[0];
        var offsets = new int[inputs.Count];
        for (long first = 0; first < total; first += rows)
            yield return Piece(inputs, offsets, Math.Min(rows, total - first));
    }

    private static TensorSet Piece(TensorSet inputs, int[] offsets, long count)
    {
        var piece = new TensorSet(inputs.Count);
        try
        {
            for (var i = 0; i < inputs.Count; i++)
            {
                var (name, tensor) = inputs[i];
                var shape = TensorShape.Of([count, .. tensor.Shape.Dimensions.AsSpan()[1..]]);
                var length = Length(tensor, shape.ElementCount, offsets[i]);
                piece.Add(name, tensor.Slice(shape, offsets[i], length));
                offsets[i] += length;
            }

            return piece;
        }
        catch
        {
            piece.Dispose();
            throw;
        }
    }

    private static int Length(Tensor tensor, long elements, int offset)
    {
        if (tensor.Type != TensorType.Bytes)
            return checked((int)(elements * tensor.Type.ElementSize()));
        var end = offset;
        for (long i = 0; i < elements; i++)
            end += TensorDataCheck.LengthPrefix + BinaryPrimitives.ReadInt32LittleEndian(tensor.Data.Span[end..]);
        return end - offset;
    }
}
