using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Triton.TextFormat;

namespace Inference.Infra.Storage.Triton.Schema;

/// <summary>
/// Gives what was written the form that its schema says: each field once, repeated ones as lists, maps as sections by key.
/// Unknown fields are left out with a warning, as a newer version may know them; every other misfit is an error.
/// </summary>
internal sealed class ConfigurationNodes
{
    // A file of a megabyte may have very many misfits, of which nobody reads more.
    private const int MostMistakes = 100;

    private readonly List<string> _errors = [];
    private readonly List<string> _warnings = [];

    /// <summary>The configuration, and a warning for each field that is not known.</summary>
    /// <param name="message">What was written.</param>
    /// <param name="schema">What may be written.</param>
    /// <exception cref="ManifestException">Every misfit, with file, line and column.</exception>
    public static (OptionNode Root, IReadOnlyList<string> Warnings) Read(TextMessage message, MessageSchema schema)
    {
        var nodes = new ConfigurationNodes();
        var root = nodes.Section(message, schema);
        return nodes._errors.Count == 0 ? (root, nodes._warnings) : throw new ManifestException(nodes._errors);
    }

    private OptionNode Section(TextMessage message, MessageSchema schema)
    {
        var values = new OrderedDictionary<string, FieldValues>(StringComparer.Ordinal);
        foreach (var written in message.Fields)
        {
            if (_errors.Count >= MostMistakes)
                break;
            if (schema.Find(written.Name) is { } field)
                Add(values, field, written);
            else if (_warnings.Count < MostMistakes)
                _warnings.Add($"{written.Location}: field {ErrorText.Quote(written.Name)} is not known and has no effect.{NearestName.Hint(written.Name, schema.FieldNames)}");
        }

        return OptionNode.Section([.. values.Select(v => new KeyValuePair<string, OptionNode>(v.Key, v.Value.ToNode()))], message.Location);
    }

    private void Add(OrderedDictionary<string, FieldValues> values, FieldSchema field, TextField written)
    {
        if (!values.TryGetValue(field.Name, out var known))
            CheckChoice(values, field, written);
        else if (!field.IsRepeated && field.KeyType is null)
            _errors.Add($"{written.Location}: field '{field.Name}' stands here and in line {known.Location.Line}; it may stand once.");
        known ??= new FieldValues(field, written.Location);
        values[field.Name] = known;
        if (written.Value is not TextList list)
            AddValue(known, written.Value);
        else if (field.IsRepeated || field.KeyType is not null)
            AddValues(known, list);
        else
            _errors.Add($"{written.Location}: field '{field.Name}' has a list in brackets; expected one value.");
    }

    private void CheckChoice(OrderedDictionary<string, FieldValues> values, FieldSchema field, TextField written)
    {
        var other = field.Choice is null ? null : values.Values.FirstOrDefault(v => v.Field.Choice == field.Choice);
        if (other is not null)
            _errors.Add($"{written.Location}: field '{field.Name}' stands beside '{other.Field.Name}' of line {other.Location.Line}; only one of them may be set.");
    }

    private void AddValues(FieldValues values, TextList list)
    {
        foreach (var item in list.Items.TakeWhile(_ => _errors.Count < MostMistakes))
            AddValue(values, item);
    }

    private void AddValue(FieldValues values, TextValue value)
    {
        if (values.Field.KeyType is { } keyType)
            AddPair(values, value, keyType);
        else if (Value(values.Field, value) is { } node)
            values.Items.Add(node);
    }

    // A pair of a map is written as a message with a key and a value.
    private void AddPair(FieldValues values, TextValue value, string keyType)
    {
        var field = values.Field;
        var pair = value as TextMessage;
        if (pair is null || pair.Fields.Count(f => f.Name == "key") != 1 || pair.Fields.Count(f => f.Name == "value") > 1 || pair.Fields.Any(f => f.Name is not ("key" or "value")))
        {
            _errors.Add($"{value.Location}: field '{field.Name}' expects pairs such as {{ key: … value: … }}.");
            return;
        }

        var key = Value(new FieldSchema("key", keyType), pair.Fields.First(f => f.Name == "key").Value);
        var written = pair.Fields.FirstOrDefault(f => f.Name == "value")?.Value;
        var content = written is null ? Empty(field, value) : Value(field, written);
        if (key is not null && content is not null)
            values.Pairs[key.Text] = content;
    }

    private static OptionNode Empty(FieldSchema field, TextValue at) =>
        field.Message is null ? OptionNode.Scalar(string.Empty, at.Location) : OptionNode.Section([], at.Location);

    private OptionNode? Value(FieldSchema field, TextValue value)
    {
        if (field.Message is { } schema)
        {
            if (value is TextMessage message)
                return Section(message, schema);
            _errors.Add($"{value.Location}: field '{field.Name}' expects fields in braces.");
            return null;
        }

        var expected = "a single value.";
        if (value is TextScalar scalar && ScalarText.Read(scalar, field, field.Type, out expected) is { } text)
            return OptionNode.Scalar(text, value.Location);
        var found = value is TextScalar { Text: var word } ? $" is {ErrorText.Quote(word)}" : " has no single value";
        _errors.Add($"{value.Location}: field '{field.Name}'{found}; expected {expected}");
        return null;
    }

    private sealed record FieldValues(FieldSchema Field, SourceLocation Location)
    {
        public List<OptionNode> Items { get; } = [];

        public OrderedDictionary<string, OptionNode> Pairs { get; } = new(StringComparer.Ordinal);

        public OptionNode ToNode()
        {
            if (Field.KeyType is not null)
                return OptionNode.Section([.. Pairs], Location);
            return Field.IsRepeated ? OptionNode.List(Items, Location) : Items.FirstOrDefault() ?? OptionNode.Scalar(string.Empty, Location);
        }
    }
}
