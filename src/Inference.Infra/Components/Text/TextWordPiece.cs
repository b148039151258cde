using System.Buffers;
using System.Numerics;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Text;

/// <summary>Texts become rows of token numbers, padded on the right to one length.</summary>
internal sealed class TextWordPiece(WordPieceOptions options, Vocabulary vocabulary, WordPieceEncoder encoder) : IPreprocessor
{
    public IReadOnlyList<TensorSpec> Inputs { get; } = [new TensorSpec(options.Input, TensorType.Bytes, [options.Ids.Dimensions[0]])];

    public IReadOnlyList<TensorSpec> Outputs { get; } = options.Outputs;

    public bool HasBatchAxis => true;

    public TensorSet Process(TensorSet inputs)
    {
        var texts = inputs.Get(options.Input);
        var pieces = new ArrayBufferWriter<int>();
        var counts = new int[texts.Shape.ElementCount];
        Encode(texts, pieces, counts);

        // The row of an empty request would still begin and end.
        var longest = WordPieceOptions.Frame + (counts.Length == 0 ? 0 : counts.Max());
        var shape = TensorShape.Of(counts.Length, options.Fixed ? options.MaxLength : longest);
        var result = new TensorSet(3);
        try
        {
            foreach (var spec in Outputs)
            {
                var tensor = Tensor.Allocate(spec.Type, shape);
                result.Add(spec.Name, tensor);
                if (spec.Type == TensorType.Int32)
                    Fill(tensor.Mutable<int>(), spec.Name, (int)shape[1], pieces.WrittenSpan, counts);
                else
                    Fill(tensor.Mutable<long>(), spec.Name, (int)shape[1], pieces.WrittenSpan, counts);
            }

            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    private void Encode(Tensor texts, ArrayBufferWriter<int> pieces, int[] counts)
    {
        var row = 0;
        var room = options.MaxLength - WordPieceOptions.Frame;
        foreach (var text in texts.BytesElements())
        {
            Utf8Text.Require(text, options.Input, row);
            counts[row] = encoder.Encode(text, pieces.GetSpan(room)[..room]);
            pieces.Advance(counts[row++]);
        }
    }

    private void Fill<T>(Span<T> target, string name, int length, ReadOnlySpan<int> pieces, int[] counts)
        where T : unmanaged, INumber<T>
    {
        foreach (var count in counts)
        {
            var row = target[..length];
            if (name == options.Ids.Name)
                FillIds(row, pieces[..count]);
            else
                FillMask(row, name == options.Mask?.Name ? count + WordPieceOptions.Frame : 0);
            pieces = pieces[count..];
            target = target[length..];
        }
    }

    private void FillIds<T>(Span<T> row, ReadOnlySpan<int> pieces)
        where T : unmanaged, INumber<T>
    {
        row[0] = T.CreateTruncating(vocabulary.Begin);
        for (var i = 0; i < pieces.Length; i++)
            row[i + 1] = T.CreateTruncating(pieces[i]);
        row[pieces.Length + 1] = T.CreateTruncating(vocabulary.End);
        row[(pieces.Length + WordPieceOptions.Frame)..].Fill(T.CreateTruncating(vocabulary.Pad));
    }

    private static void FillMask<T>(Span<T> row, int ones)
        where T : unmanaged, INumber<T>
    {
        row[..ones].Fill(T.One);
        row[ones..].Clear();
    }
}
