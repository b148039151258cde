using System.Globalization;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Tabular;

/// <summary>Reads one item of <c>columns</c>. Mistakes are noted in the reader.</summary>
internal static class ColumnReader
{
    private const string Error = "error";
    private const string Zeros = "zeros";

    /// <summary>The encoder of the column; not to be used where a mistake was noted.</summary>
    /// <param name="options">The item.</param>
    /// <param name="rows">Rows of the model's input; -1 for any number.</param>
    public static ColumnEncoder Read(OptionReader options, long rows)
    {
        var name = options.RequiredText("name");
        if (name.Length == 0 && options.Has("name"))
            options.Error("name", "is empty; give the column a name.");
        return options.Choice("type", false, ("number", false), ("category", true))
            ? Category(options, name, rows)
            : Number(options, name, rows);
    }

    private static NumberColumn Number(OptionReader options, string name, long rows)
    {
        if (!options.Has("type"))
            options.Error("type", "is missing; expected number or category.");
        var types = NumberColumn.Types.Select(t => (t.ProtocolName(), t)).ToArray();
        var type = options.Choice("datatype", TensorType.Float32, types);
        var mean = options.Number("mean", 0);
        var scale = options.Number("scale", 1);
        if (scale == 0)
            options.Error("scale", "is 0, and values are divided by it; expected another number.");
        return new NumberColumn(new TensorSpec(name, type, [rows]), mean, scale, MissingNumber(options, mean));
    }

    private static double? MissingNumber(OptionReader options, double mean)
    {
        var text = options.Text("missing", Error);
        if (text is Error or "mean")
            return text == Error ? null : mean;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
            return value;
        options.Error("missing", $"is {ErrorText.Quote(text)}; expected error, mean or a number.");
        return null;
    }

    private static CategoryColumn Category(OptionReader options, string name, long rows)
    {
        var vocabulary = options.Words("vocabulary") ?? [];
        if (vocabulary.Count == 0)
            options.Error("vocabulary", "must list at least one word, such as [red, green].");
        if (vocabulary.Contains(string.Empty))
            options.Error("vocabulary", "has an empty word, which stands for a missing value.");
        foreach (var twice in vocabulary.GroupBy(w => w, StringComparer.Ordinal).Where(g => g.Count() > 1))
            options.Error("vocabulary", $"has the word {ErrorText.Quote(twice.Key)} more than once.");
        var oneHot = options.Choice("encoding", true, ("one_hot", true), ("index", false));
        var unknown = Instead(options, "unknown", vocabulary, oneHot);
        var missing = Instead(options, "missing", vocabulary, oneHot);
        return new CategoryColumn(new TensorSpec(name, TensorType.Bytes, [rows]), [.. vocabulary.Distinct()], oneHot, unknown, missing);
    }

    // The words error and zeros mean what they say even where the vocabulary has them too.
    private static int Instead(OptionReader options, string key, IReadOnlyList<string> vocabulary, bool oneHot)
    {
        var text = options.Text(key, Error);
        if (text == Error)
            return CategoryColumn.Refuse;
        if (text == Zeros && oneHot)
            return CategoryColumn.Zeros;
        for (var i = 0; i < vocabulary.Count; i++)
        {
            if (vocabulary[i] == text)
                return i;
        }

        options.Error(key, $"is {ErrorText.Quote(text)}; expected error, {(oneHot ? "zeros " : string.Empty)}or a word of the vocabulary.{NearestName.Hint(text, vocabulary)}");
        return CategoryColumn.Refuse;
    }
}
