using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Manifests;
using Inference.Infra.Storage.Triton.Schema;
using Inference.Infra.Storage.Triton.TextFormat;

namespace Inference.Infra.Storage.Triton.JsonFormat;

/// <summary>
/// Reads a configuration in the JSON form of its message into what the text form gives, so that both mean the same. Names may be
/// written as the message has them or in camel case, numbers in quotes, maps as objects. Nesting is bounded.
/// </summary>
internal static class JsonConfiguration
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = TextParser.MaxDepth };

    /// <summary>The configuration's fields.</summary>
    /// <param name="json">The content.</param>
    /// <param name="shown">How locations name it.</param>
    /// <param name="schema">What may be written.</param>
    /// <exception cref="ManifestException">What is wrong, with line and column.</exception>
    public static TextMessage Parse(string json, string shown, MessageSchema schema)
    {
        var bytes = Encoding.UTF8.GetBytes(json);
        if (bytes.Length > ManifestFile.MaxBytes)
            throw new ManifestException([$"{shown}: it is larger than {ManifestFile.MaxBytes} bytes, which no configuration needs."]);
        var text = new JsonText(bytes, shown);
        try
        {
            var reader = new Utf8JsonReader(bytes, Options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw new ManifestException([$"{text.At(reader.TokenStartIndex)}: expected a JSON object such as {{\"max_batch_size\": 8}}."]);
            var root = Message(ref reader, text, schema);
            reader.Read();
            return root;
        }
        catch (JsonException e)
        {
            var at = new SourceLocation(shown, (int)(e.LineNumber ?? 0) + 1) { Column = (int)(e.BytePositionInLine ?? 0) + 1 };
            throw new ManifestException([$"{at}: this is not JSON: {ErrorText.Bound(e.Message.Split(" LineNumber:")[0])}"]);
        }
        catch (InvalidOperationException)
        {
            throw new ManifestException([$"{shown}: a string in it is not valid text; write escapes such as \\ud83d\\ude00 in pairs."]);
        }
    }

    private static TextMessage Message(ref Utf8JsonReader reader, JsonText text, MessageSchema? schema)
    {
        var start = text.At(reader.TokenStartIndex);
        var fields = new List<TextField>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (name, at) = (reader.GetString()!, text.At(reader.TokenStartIndex));
            var field = schema?.Find(name) ?? schema?.Find(SnakeCase(name));
            reader.Read();

            // As though the field were not there.
            if (reader.TokenType == JsonTokenType.Null)
                continue;
            if (field?.KeyType is not null && reader.TokenType == JsonTokenType.StartObject)
                AddPairs(fields, ref reader, text, field, at);
            else
                fields.Add(new TextField(field?.Name ?? name, Value(ref reader, text, field), at));
        }

        return new TextMessage(fields, start);
    }

    // A map's object is what the text form writes as pairs.
    private static void AddPairs(List<TextField> fields, ref Utf8JsonReader reader, JsonText text, FieldSchema field, SourceLocation at)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (key, keyAt) = (reader.GetString()!, text.At(reader.TokenStartIndex));
            reader.Read();
            var kind = field.KeyType == "string" ? TextTokenKind.Quoted : TextTokenKind.Number;
            fields.Add(new TextField(field.Name, new TextMessage([new TextField("key", new TextScalar(kind, key, keyAt), keyAt), new TextField("value", Value(ref reader, text, field), keyAt)], keyAt), at));
        }
    }

    private static TextValue Value(ref Utf8JsonReader reader, JsonText text, FieldSchema? field)
    {
        var at = text.At(reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return Message(ref reader, text, field?.Message);
            case JsonTokenType.StartArray:
                var items = new List<TextValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Value(ref reader, text, field));
                return new TextList(items, at);
            case JsonTokenType.String:
                var value = reader.GetString()!;
                return new TextScalar(KindOf(field, value), value, at);
            case JsonTokenType.Number:
                return new TextScalar(TextTokenKind.Number, Number(reader.ValueSpan), at);
            default:
                return new TextScalar(TextTokenKind.Word, Encoding.UTF8.GetString(reader.ValueSpan), at);
        }
    }

    // Whole numbers may be written as 8.0 or 1e3.
    private static string Number(ReadOnlySpan<byte> written) =>
        Utf8Parser.TryParse(written, out double number, out var used) && used == written.Length && number == Math.Floor(number) && Math.Abs(number) < 1L << 53
            ? ((long)number).ToString(CultureInfo.InvariantCulture)
            : Encoding.UTF8.GetString(written);

    // The words of enumerations are written as strings, and numbers may be.
    private static TextTokenKind KindOf(FieldSchema? field, string value) => field switch
    {
        null or { Message: not null } or { Type: "string" or "bytes" } => TextTokenKind.Quoted,
        { Words: not null } => TextTokenKind.Word,
        { Type: "bool" } => TextTokenKind.Quoted,
        _ => value.Length > 0 && (char.IsAsciiDigit(value[0]) || value[0] is '-' or '.') ? TextTokenKind.Number : TextTokenKind.Word,
    };

    private static string SnakeCase(string name)
    {
        var snake = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c))
                snake.Append('_');
            snake.Append(char.ToLowerInvariant(c));
        }

        return snake.ToString();
    }
}
