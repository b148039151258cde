using System.Numerics;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Regression;

/// <summary>value = y * scale + offset, in double precision, clipped; NaN stays NaN.</summary>
internal sealed class Affine(TensorSpec values, string output, double scale, double offset, double minimum, double maximum) : IPostprocessor
{
    public IReadOnlyList<TensorSpec> Inputs { get; } = [values];

    public IReadOnlyList<TensorSpec> Outputs { get; } = [new TensorSpec(output, TensorType.Float32, values.Dimensions) { Symbols = values.Symbols }];

    public TensorSet Process(TensorSet outputs)
    {
        var source = outputs.Get(values.Name);
        var result = Tensor.Allocate(TensorType.Float32, source.Shape);
        switch (source.Type)
        {
            case TensorType.Float64: Fill(source.AsSpan<double>(), result.Mutable<float>()); break;
            case TensorType.Float16: Fill(source.AsSpan<Half>(), result.Mutable<float>()); break;
            default: Fill(source.AsSpan<float>(), result.Mutable<float>()); break;
        }

        return new TensorSet(1).Add(output, result);
    }

    private void Fill<T>(ReadOnlySpan<T> source, Span<float> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < source.Length; i++)
            target[i] = (float)Math.Clamp((double.CreateTruncating(source[i]) * scale) + offset, minimum, maximum);
    }
}
