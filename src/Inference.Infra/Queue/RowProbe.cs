using System.Buffers.Binary;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Tensors;

namespace Inference.Infra.Queue;

/// <summary>
/// Tries at load whether a model treats each row on its own. A symbolic first axis does not prove it: it may be time, or the
/// model may normalise over it, and requests that share runs would then get wrong answers. Two rows are run together and
/// each alone; answers that differ tell.
/// </summary>
internal static class RowProbe
{
    // Other symbolic axes have this size: more than 1, so that the model has something to do, and less than any limit.
    private const int SizeOfSymbol = 4;
    private const long MostElements = 1 << 20;
    private const double Tolerance = 1e-3;

    /// <summary>Why requests must not share runs; null where the model treats rows on their own, or that could not be found out.</summary>
    /// <param name="spec">A model with a batch axis.</param>
    /// <param name="lane">A lane that nobody else has.</param>
    public static string? Try(ModelSpec spec, ILane lane)
    {
        try
        {
            using var rows = Inputs(spec);
            using var first = RowSlices.Of(rows, 0, 1);
            using var second = RowSlices.Of(rows, 1, 1);
            using var together = lane.Run(rows);
            using var firstAlone = lane.Run(first);
            if (Differs(spec, together, 0, firstAlone) is { } output)
            {
                // What differs from itself says nothing about rows.
                using var again = lane.Run(first);
                return SameValues(spec, again, firstAlone) is null ? output : null;
            }

            using var secondAlone = lane.Run(second);
            return Differs(spec, together, 1, secondAlone);
        }
        catch (InferenceException)
        {
            // It refuses made-up inputs, which says nothing about rows. Outputs of a run are looked at all the time.
            return null;
        }
    }

    private static TensorSet Inputs(ModelSpec spec)
    {
        var random = new Random(17);
        var inputs = new TensorSet(spec.Inputs.Length);
        try
        {
            foreach (var input in spec.Inputs)
                inputs.Add(input.Name, Input(input, random));
            return inputs;
        }
        catch
        {
            inputs.Dispose();
            throw;
        }
    }

    private static Tensor Input(TensorSpec spec, Random random)
    {
        long[] dimensions = [.. spec.Dimensions.Select((d, axis) => axis == 0 ? 2 : d == TensorSpec.Any ? SizeOfSymbol : d)];
        var shape = TensorShape.Create(dimensions, spec.Name);
        if (shape.ElementCount > MostElements)
            throw InferenceException.InvalidArgument("too large to be tried.");
        if (spec.Type == TensorType.Bytes)
            return Words(spec.Name, shape, random);
        var tensor = Tensor.Allocate(spec.Type, shape);
        for (var i = 0; i < shape.ElementCount; i++)
            Write(tensor, i, random.NextDouble());
        return tensor;
    }

    // Whole numbers may be indices of anything, so that only 0 and 1 are safe to be known.
    private static void Write(Tensor tensor, int index, double value)
    {
        switch (tensor.Type)
        {
            case TensorType.Float32:
                tensor.Mutable<float>()[index] = (float)value;
                break;
            case TensorType.Float64:
                tensor.Mutable<double>()[index] = value;
                break;
            case TensorType.Float16:
                tensor.Mutable<Half>()[index] = (Half)value;
                break;
            case TensorType.BFloat16:
                tensor.Mutable<ushort>()[index] = (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16);
                break;
            default:
                var size = tensor.Type.ElementSize();
                var element = tensor.Mutable<byte>().Slice(index * size, size);
                element.Clear();
                element[0] = value < 0.5 ? (byte)0 : (byte)1;
                break;
        }
    }

    private static Tensor Words(string name, TensorShape shape, Random random)
    {
        var data = new byte[shape.ElementCount * (TensorDataCheck.LengthPrefix + 1)];
        for (var offset = 0; offset < data.Length; offset += TensorDataCheck.LengthPrefix + 1)
        {
            BinaryPrimitives.WriteInt32LittleEndian(data.AsSpan(offset), 1);
            data[offset + TensorDataCheck.LengthPrefix] = (byte)('a' + random.Next(2));
        }

        return Tensor.Wrap(name, TensorType.Bytes, shape, data);
    }

    // How the row of a batch differs from the same row alone; null where it does not.
    private static string? Differs(ModelSpec spec, TensorSet batch, int row, TensorSet alone)
    {
        if (BatchOutputs.Misfit(alone, 1) is { } odd)
            return $"output {ErrorText.Quote(odd)} has shape {alone.Get(odd).Shape} for one row of input";
        if (BatchOutputs.Misfit(batch, 2) is { } misfit)
            return $"output {ErrorText.Quote(misfit)} has shape {batch.Get(misfit).Shape} for two rows of input";
        using var part = RowSlices.Of(batch, row, 1);
        return SameValues(spec, part, alone);
    }

    private static string? SameValues(ModelSpec spec, TensorSet one, TensorSet other)
    {
        foreach (var output in spec.Outputs)
        {
            var (a, b) = (one.Get(output.Name), other.Get(output.Name));
            if (a.Shape != b.Shape || !SameValues(output.Type, a, b))
                return $"output {ErrorText.Quote(output.Name)} of a row depends on the other rows of its run";
        }

        return null;
    }

    private static bool SameValues(TensorType type, Tensor a, Tensor b) => type switch
    {
        TensorType.Float32 => Close<float>(a, b, x => x),
        TensorType.Float64 => Close<double>(a, b, x => x),
        TensorType.Float16 => Close<Half>(a, b, x => (double)x),
        TensorType.BFloat16 => Close<ushort>(a, b, x => BitConverter.UInt32BitsToSingle((uint)x << 16)),
        _ => a.Data.Span.SequenceEqual(b.Data.Span),
    };

    // Sums come out a little different where a matrix is cut into other pieces; half precision is coarser.
    private static bool Close<T>(Tensor a, Tensor b, Func<T, double> number)
        where T : unmanaged
    {
        var tolerance = System.Runtime.CompilerServices.Unsafe.SizeOf<T>() == 2 ? 32 * Tolerance : Tolerance;
        var left = a.AsSpan<T>();
        var right = b.AsSpan<T>();
        for (var i = 0; i < left.Length; i++)
        {
            var (x, y) = (number(left[i]), number(right[i]));
            if (!x.Equals(y) && !(Math.Abs(x - y) <= tolerance * Math.Max(1, Math.Max(Math.Abs(x), Math.Abs(y)))))
                return false;
        }

        return true;
    }
}
