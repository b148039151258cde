using System.Numerics;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Classification;

/// <summary>The k best classes of each row, best first; of equal scores the lower index comes first, NaN comes last.</summary>
internal sealed class TopK : IPostprocessor
{
    private readonly TensorSpec _scores;
    private readonly bool _softmax;
    private readonly int _k;
    private readonly byte[][]? _labels;

    /// <summary>Creates it.</summary>
    /// <param name="scores">The model's output, [rows, classes].</param>
    /// <param name="softmax">Turns scores into probabilities first.</param>
    /// <param name="k">Classes a row.</param>
    /// <param name="labels">One for each class in UTF-8; null takes the index in digits.</param>
    public TopK(TensorSpec scores, bool softmax, int k, byte[][]? labels)
    {
        _scores = scores;
        _softmax = softmax;
        _k = k;
        _labels = labels;
        var rows = scores.Dimensions[0];
        Inputs = [scores];
        Outputs =
        [
            new TensorSpec("label", TensorType.Bytes, [rows, k]),
            new TensorSpec("score", TensorType.Float32, [rows, k]),
            new TensorSpec("index", TensorType.Int64, [rows, k]),
        ];
    }

    public IReadOnlyList<TensorSpec> Inputs { get; }

    public IReadOnlyList<TensorSpec> Outputs { get; }

    public TensorSet Process(TensorSet outputs)
    {
        var scores = outputs.Get(_scores.Name);
        CheckClasses(scores.Shape[1]);
        var shape = TensorShape.Of(scores.Shape[0], _k);
        var result = new TensorSet(3);
        try
        {
            // Before the labels, which come out of them, though the response has labels first.
            using var best = Tensor.Allocate(TensorType.Float32, shape);
            using var indices = Tensor.Allocate(TensorType.Int64, shape);
            Select(scores, best.Mutable<float>(), indices.Mutable<long>());
            return result
                .Add("label", Label(indices.AsSpan<long>(), shape))
                .Add("score", best.Share())
                .Add("index", indices.Share());
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    private void CheckClasses(long classes)
    {
        if (_labels is not null && classes != _labels.Length)
            throw new InferenceException(ErrorCode.ExecutionFailed, $"the model put out {classes} classes in {ErrorText.Quote(_scores.Name)}, but the manifest has {_labels.Length} labels; give one for each class.");
        if (classes < _k)
            throw new InferenceException(ErrorCode.ExecutionFailed, $"the model put out {classes} classes in {ErrorText.Quote(_scores.Name)}, but the manifest asks for the best {_k}; set k to at most {classes}.");
    }

    private void Select(Tensor scores, Span<float> best, Span<long> indices)
    {
        var classes = (int)scores.Shape[1];
        switch (scores.Type)
        {
            case TensorType.Float64: Select(scores.AsSpan<double>(), classes, best, indices); break;
            case TensorType.Float16: Select(scores.AsSpan<Half>(), classes, best, indices); break;
            default: Select(scores.AsSpan<float>(), classes, best, indices); break;
        }
    }

    private void Select<T>(ReadOnlySpan<T> scores, int classes, Span<float> best, Span<long> indices)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var first = 0; !scores.IsEmpty; scores = scores[classes..], first += _k)
        {
            var row = scores[..classes];
            var chosen = indices.Slice(first, _k);
            Ranking.Best(row, chosen);
            var softmax = _softmax ? Softmax.Of(row) : default;
            for (var i = 0; i < _k; i++)
            {
                var score = double.CreateTruncating(row[(int)chosen[i]]);
                best[first + i] = (float)(_softmax ? softmax.Probability(score) : score);
            }
        }
    }

    private Tensor Label(ReadOnlySpan<long> indices, TensorShape shape)
    {
        var labels = new BytesTensorBuilder();
        Span<byte> digits = stackalloc byte[20];
        foreach (var index in indices)
        {
            if (_labels is not null)
                labels.Add(_labels[index]);
            else if (index.TryFormat(digits, out var length))
                labels.Add(digits[..length]);
        }

        return labels.Build(shape, "label");
    }
}
