using System.Numerics;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Anomaly;

/// <summary>
/// One score a row against a threshold. The threshold is rounded to the precision of the score that is compared, so that
/// a score that prints like the threshold is not beyond it.
/// </summary>
internal sealed class Threshold(TensorSpec scores, double threshold, bool above) : IPostprocessor
{
    public IReadOnlyList<TensorSpec> Inputs { get; } = [scores];

    public IReadOnlyList<TensorSpec> Outputs { get; } =
    [
        new TensorSpec("score", TensorType.Float32, [scores.Dimensions[0]]),
        new TensorSpec("is_anomaly", TensorType.Bool, [scores.Dimensions[0]]),
    ];

    public TensorSet Process(TensorSet outputs)
    {
        var source = outputs.Get(scores.Name);
        var rows = source.Shape[0];
        if (source.Shape.ElementCount != rows)
            throw new InferenceException(ErrorCode.ExecutionFailed, $"the model put out {ErrorText.Quote(scores.Name)} of shape {source.Shape}; expected one score a row.");
        var shape = TensorShape.Of(rows);
        using var score = Tensor.Allocate(TensorType.Float32, shape);
        using var flags = Tensor.Allocate(TensorType.Bool, shape);
        switch (source.Type)
        {
            case TensorType.Float64: Fill(source.AsSpan<double>(), threshold, score.Mutable<float>(), flags.Mutable<byte>()); break;
            case TensorType.Float16: Fill(source.AsSpan<Half>(), (float)threshold, score.Mutable<float>(), flags.Mutable<byte>()); break;
            default: Fill(source.AsSpan<float>(), (float)threshold, score.Mutable<float>(), flags.Mutable<byte>()); break;
        }

        return new TensorSet(2).Add("score", score.Share()).Add("is_anomaly", flags.Share());
    }

    private void Fill<T>(ReadOnlySpan<T> source, double limit, Span<float> score, Span<byte> flags)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < source.Length; row++)
        {
            var value = double.CreateTruncating(source[row]);
            if (double.IsNaN(value))
                throw NoNumber(row);
            score[row] = (float)value;
            flags[row] = (above ? value > limit : value < limit) ? (byte)1 : (byte)0;
        }
    }

    // NaN is neither above nor below, so it would pass as normal.
    private InferenceException NoNumber(int row) => new(
        ErrorCode.ExecutionFailed,
        $"the model put out NaN in {ErrorText.Quote(scores.Name)} row {row} (from 0), which is neither an anomaly nor normal; check the row's input for values out of the model's range.");
}
