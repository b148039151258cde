using System.Globalization;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Services.Infer;

/// <summary>The protocol's classification extension: the best k elements of the last axis as text "score:index".</summary>
internal static class Classification
{
    /// <summary>
    /// A BYTES tensor with the last axis cut to the <see cref="RequestedOutput.Classes"/> best, best first, ties by lower index, NaN last.
    /// </summary>
    public static Tensor TopClasses(string owner, RequestedOutput output, Tensor tensor)
    {
        if (tensor.Shape.Rank == 0)
            throw InferenceException.InvalidArgument($"{owner}: output {ErrorText.Quote(output.Name)} is a scalar; classification needs an axis of classes.");
        var classes = tensor.Shape[tensor.Shape.Rank - 1];
        var wanted = (int)Math.Min(output.Classes, classes);
        var rows = classes == 0 ? 0 : tensor.Shape.ElementCount / classes;
        var builder = new BytesTensorBuilder();
        var row = new double[classes];
        var order = new int[classes];
        for (long r = 0; r < rows; r++)
        {
            for (var i = 0; i < classes; i++)
                (row[i], order[i]) = (Element(owner, output.Name, tensor, (int)(r * classes) + i), i);
            Array.Sort(order, (a, b) => Compare(row, a, b));
            foreach (var index in order.AsSpan(0, wanted))
                builder.Add(string.Create(CultureInfo.InvariantCulture, $"{Format(tensor.Type, row[index])}:{index}"));
        }

        long[] shape = [.. tensor.Shape.Dimensions];
        shape[^1] = wanted;
        return builder.Build(TensorShape.Of(shape), output.Name);
    }

    private static int Compare(double[] row, int a, int b)
    {
        var (nanA, nanB) = (double.IsNaN(row[a]), double.IsNaN(row[b]));
        var byScore = nanA || nanB ? nanA.CompareTo(nanB) : row[b].CompareTo(row[a]);
        return byScore != 0 ? byScore : a.CompareTo(b);
    }

    private static string Format(TensorType type, double value) =>
        type is TensorType.Float32 or TensorType.Float64
            ? value.ToString("F6", CultureInfo.InvariantCulture)
            : value.ToString("R", CultureInfo.InvariantCulture);

    private static double Element(string owner, string name, Tensor tensor, int i) => tensor.Type switch
    {
        TensorType.Float32 => tensor.AsSpan<float>()[i],
        TensorType.Float64 => tensor.AsSpan<double>()[i],
        TensorType.Float16 => (double)tensor.AsSpan<Half>()[i],
        TensorType.BFloat16 => BitConverter.UInt32BitsToSingle((uint)tensor.AsSpan<ushort>()[i] << 16),
        TensorType.Int8 => tensor.AsSpan<sbyte>()[i],
        TensorType.Int16 => tensor.AsSpan<short>()[i],
        TensorType.Int32 => tensor.AsSpan<int>()[i],
        TensorType.Int64 => tensor.AsSpan<long>()[i],
        TensorType.UInt8 => tensor.AsSpan<byte>()[i],
        TensorType.UInt16 => tensor.AsSpan<ushort>()[i],
        TensorType.UInt32 => tensor.AsSpan<uint>()[i],
        TensorType.UInt64 => tensor.AsSpan<ulong>()[i],
        _ => throw InferenceException.InvalidArgument(
            $"{owner}: output {ErrorText.Quote(name)} has datatype {tensor.Type.ProtocolName()}; classification needs numbers."),
    };
}
