using System.Globalization;
using System.Text;
using Inference.Domain;
using Inference.Domain.Tensors;

namespace Inference.Services.Infer;

/// <summary>The protocol's classification extension: the best k elements of the last axis as text "score:index", or "score:index:label" where the class has a name.</summary>
internal static class Classification
{
    /// <summary>Most best classes of one output over all its rows; each is some twenty bytes of answer.</summary>
    public const int MostResults = 1 << 20;

    // The longest number with six decimals has 309 digits before them.
    private const int LongestText = 384;

    /// <summary>
    /// A BYTES tensor with the last axis cut to the <see cref="RequestedOutput.Classes"/> best, best first, ties by lower index, NaN last.
    /// </summary>
    /// <exception cref="InferenceException">InvalidArgument where the output has no classes or too many results are asked for; what <paramref name="limit"/> throws.</exception>
    public static Tensor TopClasses(string owner, RequestedOutput output, Tensor tensor, WorkLimit limit, IReadOnlyList<string>? labels = null)
    {
        if (tensor.Shape.Rank == 0)
            throw InferenceException.InvalidArgument($"{owner}: output {ErrorText.Quote(output.Name)} is a scalar; classification needs an axis of classes.");
        if (!Scores.AreNumbers(tensor.Type))
            throw InferenceException.InvalidArgument($"{owner}: output {ErrorText.Quote(output.Name)} has datatype {tensor.Type.ProtocolName()}; classification needs numbers.");
        var classes = tensor.Shape[tensor.Shape.Rank - 1];
        var wanted = Math.Min(output.Classes, classes);
        var builder = new BytesTensorBuilder();
        if (tensor.Shape.ElementCount > 0)
        {
            // An output with elements lies in memory, so that its counts fit an int.
            var rows = tensor.Shape.ElementCount / classes;
            CheckResults(owner, output, rows, wanted);
            AddRows(builder, tensor, (int)rows, (int)wanted, labels ?? [], limit);
        }

        long[] shape = [.. tensor.Shape.Dimensions];
        shape[^1] = wanted;
        return builder.Build(TensorShape.Of(shape), output.Name);
    }

    private static void CheckResults(string owner, RequestedOutput output, long rows, long wanted)
    {
        if (rows * wanted > MostResults)
        {
            throw InferenceException.InvalidArgument(
                $"{owner}: output {ErrorText.Quote(output.Name)} is asked for with the best {wanted} classes of {rows} rows, {rows * wanted} in all; at most {MostResults} are given. Ask for fewer classes, send fewer rows, or take the numbers themselves.");
        }
    }

    private static void AddRows(BytesTensorBuilder builder, Tensor tensor, int rows, int wanted, IReadOnlyList<string> labels, WorkLimit limit)
    {
        var classes = (int)(tensor.Shape.ElementCount / rows);
        var best = new BestScores(wanted);
        Span<byte> text = stackalloc byte[LongestText];
        var untilCheck = WorkLimit.Period;
        for (var row = 0; row < rows; row++)
        {
            Offer(best, tensor, row * classes, classes, limit);
            foreach (var (score, index) in best.Take(limit))
                Add(builder, text[..Write(text, tensor.Type, score, index)], index < labels.Count ? labels[index] : string.Empty);
            if ((untilCheck -= classes + wanted) > 0)
                continue;
            limit.Check();
            untilCheck = WorkLimit.Period;
        }
    }

    private static void Add(BytesTensorBuilder builder, ReadOnlySpan<byte> text, string label)
    {
        if (label.Length == 0)
            builder.Add(text);
        else
            builder.Add([.. text, (byte)':', .. Encoding.UTF8.GetBytes(label)]);
    }

    private static void Offer(BestScores best, Tensor tensor, int first, int classes, WorkLimit limit)
    {
        Span<double> buffer = stackalloc double[Math.Min(classes, 512)];
        for (var done = 0; done < classes; done += buffer.Length)
        {
            var stretch = buffer[..Math.Min(buffer.Length, classes - done)];
            Scores.Read(tensor, first + done, stretch);
            for (var i = 0; i < stretch.Length; i++)
                best.Offer(stretch[i], done + i);
            if (done % WorkLimit.Period == 0 && done > 0)
                limit.Check();
        }
    }

    private static int Write(Span<byte> text, TensorType type, double score, int index)
    {
        ReadOnlySpan<char> format = type is TensorType.Float32 or TensorType.Float64 ? "F6" : "R";
        score.TryFormat(text, out var length, format, CultureInfo.InvariantCulture);
        text[length++] = (byte)':';
        index.TryFormat(text[length..], out var digits, provider: CultureInfo.InvariantCulture);
        return length + digits;
    }
}
