using System.Numerics;
using Inference.Domain.Tensors;

namespace Inference.Services.Infer;

/// <summary>Reads elements of any numeric type as numbers of one type, a stretch at a time.</summary>
internal static class Scores
{
    /// <summary>True where elements of the type are numbers.</summary>
    public static bool AreNumbers(TensorType type) => type is not (TensorType.Bool or TensorType.Bytes);

    /// <summary>Copies elements from <paramref name="first"/> on, as many as <paramref name="target"/> has places.</summary>
    public static void Read(Tensor tensor, int first, Span<double> target)
    {
        switch (tensor.Type)
        {
            case TensorType.Float32: Convert(tensor.AsSpan<float>(), first, target); break;
            case TensorType.Float64: Convert(tensor.AsSpan<double>(), first, target); break;
            case TensorType.Float16: Convert(tensor.AsSpan<Half>(), first, target); break;
            case TensorType.BFloat16: ConvertBFloat16(tensor.AsSpan<ushort>(), first, target); break;
            case TensorType.Int8: Convert(tensor.AsSpan<sbyte>(), first, target); break;
            case TensorType.Int16: Convert(tensor.AsSpan<short>(), first, target); break;
            case TensorType.Int32: Convert(tensor.AsSpan<int>(), first, target); break;
            case TensorType.Int64: Convert(tensor.AsSpan<long>(), first, target); break;
            case TensorType.UInt8: Convert(tensor.AsSpan<byte>(), first, target); break;
            case TensorType.UInt16: Convert(tensor.AsSpan<ushort>(), first, target); break;
            case TensorType.UInt32: Convert(tensor.AsSpan<uint>(), first, target); break;
            case TensorType.UInt64: Convert(tensor.AsSpan<ulong>(), first, target); break;
            default: throw new InvalidOperationException($"Elements of {tensor.Type} are no numbers.");
        }
    }

    private static void Convert<T>(ReadOnlySpan<T> elements, int first, Span<double> target)
        where T : unmanaged, INumber<T>
    {
        var source = elements.Slice(first, target.Length);
        for (var i = 0; i < target.Length; i++)
            target[i] = double.CreateTruncating(source[i]);
    }

    private static void ConvertBFloat16(ReadOnlySpan<ushort> elements, int first, Span<double> target)
    {
        var source = elements.Slice(first, target.Length);
        for (var i = 0; i < target.Length; i++)
            target[i] = BitConverter.UInt32BitsToSingle((uint)source[i] << 16);
    }
}
