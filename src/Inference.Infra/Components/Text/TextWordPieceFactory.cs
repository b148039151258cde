using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Text;

/// <summary>Makes <c>text.wordpiece</c>: text becomes the token numbers of a BERT style model.</summary>
internal sealed class TextWordPieceFactory : IPreprocessorFactory
{
    private const int MaxTokens = 65_536;
    private static readonly TensorType[] Integers = [TensorType.Int64, TensorType.Int32];

    public string Name => "text.wordpiece";

    public IPreprocessor Create(ComponentContext context)
    {
        var reader = context.Options;
        var inputs = context.Model.Inputs;
        var ids = Input(reader, "input_ids", inputs, required: true);
        var options = new WordPieceOptions(
            ModelTensor.External(reader, "input", "text"),
            (int)reader.Integer("max_length", 64, WordPieceOptions.Frame + 1, MaxTokens),
            reader.Choice("padding", false, ("longest", false), ("max_length", true)),
            ids!,
            Input(reader, "attention_mask", inputs, required: false),
            Input(reader, "token_type_ids", inputs, required: false));
        var lowercase = reader.Flag("lowercase", true);
        var vocabulary = Utf8Text.Lines(reader, "vocabulary", reader.Text("vocabulary", "vocab.txt"), context.Folder) is { } lines
            ? Vocabulary.Read(lines, reader, "vocabulary")
            : null;
        TensorSpec[] fed = [.. new[] { ids, options.Mask, options.Types }.OfType<TensorSpec>()];
        foreach (var spec in fed)
            CheckLength(reader, options, spec);
        foreach (var twice in fed.GroupBy(s => s.Name, StringComparer.Ordinal).Where(g => g.Count() > 1))
            reader.Error("input_ids", $"and another option name the same model input '{twice.Key}'; give each its own.");
        reader.Finish();
        return new TextWordPiece(options, vocabulary!, new WordPieceEncoder(vocabulary!, lowercase));
    }

    // Inputs that not every model has are fed where the model has one of that name, or where the manifest names one.
    private static TensorSpec? Input(OptionReader reader, string key, IReadOnlyList<TensorSpec> inputs, bool required)
    {
        var written = reader.Has(key);
        return required || written || inputs.Any(i => i.Name == key)
            ? ModelTensor.Find(reader, key, key, inputs, "input", Integers, 2)
            : null;
    }

    private static void CheckLength(OptionReader reader, WordPieceOptions options, TensorSpec spec)
    {
        if (spec.Dimensions[1] == TensorSpec.Any || (options.Fixed && options.MaxLength == spec.Dimensions[1]))
            return;
        reader.Error("max_length", $"and padding do not fit the model input '{spec.Name}', which is {spec.Describe()}: every row has {spec.Dimensions[1]} tokens. Set max_length: {spec.Dimensions[1]} and padding: max_length.");
    }
}
