using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Tabular;

/// <summary>A word of a vocabulary, as one feature for each word or as the word's index.</summary>
/// <param name="input">The external tensor, BYTES.</param>
/// <param name="vocabulary">Known words, for errors.</param>
/// <param name="oneHot">One feature for each word; else the index as one feature.</param>
/// <param name="unknown">Index for a word that is not known, or <see cref="Refuse"/> or <see cref="Zeros"/>.</param>
/// <param name="missing">The same for the empty string.</param>
internal sealed class CategoryColumn(TensorSpec input, IReadOnlyList<string> vocabulary, bool oneHot, int unknown, int missing)
    : ColumnEncoder(input, oneHot ? vocabulary.Count : 1)
{
    /// <summary>In place of an index: refuse the request.</summary>
    public const int Refuse = -1;

    /// <summary>In place of an index: no feature is set.</summary>
    public const int Zeros = -2;

    private readonly Utf8Words _words = new(vocabulary);

    public override void Encode<T>(Tensor source, Span<T> features, int stride)
    {
        var row = 0;
        foreach (var value in source.BytesElements())
        {
            var index = Index(value, row);
            var target = features.Slice(row * stride, Width);
            if (!oneHot)
            {
                target[0] = T.CreateTruncating(index);
            }
            else
            {
                target.Clear();
                if (index >= 0)
                    target[index] = T.One;
            }

            row++;
        }
    }

    private int Index(ReadOnlySpan<byte> value, int row)
    {
        var index = value.IsEmpty ? missing : _words.Find(value);
        if (index == Refuse && !value.IsEmpty)
            index = unknown;
        return index != Refuse ? index : throw Refused(value, row);
    }

    private InferenceException Refused(ReadOnlySpan<byte> value, int row) => InferenceException.InvalidArgument(value.IsEmpty
        ? $"column {ErrorText.Quote(Input.Name)} row {row} (from 0) is empty, which stands for a missing value; send one of {ErrorText.List(vocabulary)}, or set 'missing' for the column in the manifest."
        : $"column {ErrorText.Quote(Input.Name)} row {row} (from 0) is {Utf8Text.Quote(value)}, which is not in the vocabulary; expected one of {ErrorText.List(vocabulary)}.");
}
