using System.Numerics;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Tabular;

/// <summary>A number, standardised: (x - mean) / scale, computed in double precision.</summary>
/// <param name="input">The external tensor.</param>
/// <param name="mean">Is subtracted.</param>
/// <param name="scale">Divides; not 0.</param>
/// <param name="missing">Takes the place of NaN, before standardisation; null refuses NaN.</param>
internal sealed class NumberColumn(TensorSpec input, double mean, double scale, double? missing) : ColumnEncoder(input, 1)
{
    /// <summary>Types that a number may come as.</summary>
    public static IReadOnlyList<TensorType> Types { get; } =
    [
        TensorType.Float32, TensorType.Float64, TensorType.Float16, TensorType.Bool, TensorType.Int8, TensorType.Int16,
        TensorType.Int32, TensorType.Int64, TensorType.UInt8, TensorType.UInt16, TensorType.UInt32, TensorType.UInt64,
    ];

    public override void Encode<T>(Tensor source, Span<T> features, int stride)
    {
        switch (source.Type)
        {
            case TensorType.Float32: Encode(source.AsSpan<float>(), features, stride); break;
            case TensorType.Float64: Encode(source.AsSpan<double>(), features, stride); break;
            case TensorType.Float16: Encode(source.AsSpan<Half>(), features, stride); break;
            case TensorType.Int8: Encode(source.AsSpan<sbyte>(), features, stride); break;
            case TensorType.Int16: Encode(source.AsSpan<short>(), features, stride); break;
            case TensorType.Int32: Encode(source.AsSpan<int>(), features, stride); break;
            case TensorType.Int64: Encode(source.AsSpan<long>(), features, stride); break;
            case TensorType.Bool or TensorType.UInt8: Encode(source.AsSpan<byte>(), features, stride); break;
            case TensorType.UInt16: Encode(source.AsSpan<ushort>(), features, stride); break;
            case TensorType.UInt32: Encode(source.AsSpan<uint>(), features, stride); break;
            case TensorType.UInt64: Encode(source.AsSpan<ulong>(), features, stride); break;
            default: throw new InferenceException(ErrorCode.Internal, $"column {ErrorText.Quote(Input.Name)} cannot read {source.Type.ProtocolName()}.");
        }
    }

    private void Encode<TFrom, T>(ReadOnlySpan<TFrom> source, Span<T> features, int stride)
        where TFrom : unmanaged, INumberBase<TFrom>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < source.Length; row++)
        {
            var value = double.CreateTruncating(source[row]);
            if (double.IsNaN(value))
                value = missing ?? throw Missing(row);
            var feature = T.CreateTruncating((value - mean) / scale);
            if (T.IsInfinity(feature) && double.IsFinite(value))
                throw TooLarge(row, value);
            features[row * stride] = feature;
        }
    }

    private InferenceException Missing(int row) => InferenceException.InvalidArgument(
        $"column {ErrorText.Quote(Input.Name)} row {row} (from 0) is NaN, which stands for a missing value; send a number, or set 'missing' for the column in the manifest.");

    private InferenceException TooLarge(int row, double value) => InferenceException.InvalidArgument(
        $"column {ErrorText.Quote(Input.Name)} row {row} (from 0) is {value:R}, which is too large for the model's number type after standardisation.");
}
