using System.Text;
using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.TextFormat;

/// <summary>
/// Reads Protobuf's text format without knowing the message: fields <c>name: value</c>, <c>name { }</c>, <c>name: { }</c>,
/// <c>&lt; &gt;</c> for braces, lists in brackets, <c>,</c> or <c>;</c> between fields. Nesting is bounded, so that reading
/// cannot exhaust the stack.
/// </summary>
internal sealed class TextParser
{
    /// <summary>Levels of nesting; configurations need eight.</summary>
    public const int MaxDepth = 32;

    private readonly TextTokenizer _tokens;
    private TextToken _current;

    private TextParser(string text, string file)
    {
        _tokens = new TextTokenizer(text, file);
        _current = _tokens.Next();
    }

    /// <summary>The file's fields.</summary>
    /// <param name="text">The content.</param>
    /// <param name="file">How locations name the file.</param>
    /// <exception cref="ManifestException">What is wrong, with file, line and column.</exception>
    public static TextMessage Parse(string text, string file)
    {
        var parser = new TextParser(text, file);
        var start = parser._current.Location;
        return new TextMessage(parser.Fields(null, 0), start);
    }

    // Up to the closing character, which is taken; null stands for the end of the file.
    private List<TextField> Fields(char? end, int depth)
    {
        if (depth > MaxDepth)
            throw Unexpected($"values are nested more than {MaxDepth} levels deep");
        var fields = new List<TextField>();
        while (!IsEnd(end))
        {
            fields.Add(Field(depth));
            if (_current.Is(',') || _current.Is(';'))
                Advance();
        }

        Advance();
        return fields;
    }

    private bool IsEnd(char? end)
    {
        if (_current.Kind == TextTokenKind.End)
            return end is null ? true : throw Unexpected($"expected a field, or '{end}'");
        return end is { } symbol && _current.Is(symbol);
    }

    private TextField Field(int depth)
    {
        var location = _current.Location;
        var name = Name();
        if (_current.Is(':'))
            Advance();
        else if (!_current.Is('{') && !_current.Is('<') && !_current.Is('['))
            throw Unexpected($"expected ':' and a value, or '{{', after {ErrorText.Quote(name)}");
        return new TextField(name, Value(depth), location);
    }

    // Extensions have their name in brackets.
    private string Name()
    {
        if (_current.Kind == TextTokenKind.Word)
            return Advance().Text;
        if (!_current.Is('['))
            throw Unexpected("expected the name of a field");
        var name = new StringBuilder();
        do
            name.Append(Advance().Text);
        while (_current.Kind == TextTokenKind.Word || _current.Is('.') || _current.Is('/'));
        return _current.Is(']') ? name.Append(Advance().Text).ToString() : throw Unexpected("expected ']'");
    }

    private TextValue Value(int depth)
    {
        var location = _current.Location;
        if (_current.Is('{') || _current.Is('<'))
            return new TextMessage(Fields(Advance().Is('{') ? '}' : '>', depth + 1), location);
        return _current.Is('[') ? List(depth + 1) : Scalar();
    }

    private TextList List(int depth)
    {
        if (depth > MaxDepth)
            throw Unexpected($"values are nested more than {MaxDepth} levels deep");
        var location = Advance().Location;
        var items = new List<TextValue>();
        while (!_current.Is(']'))
        {
            items.Add(_current.Is('[') ? throw Unexpected("expected a value; lists hold no lists") : Value(depth));
            if (_current.Is(','))
                Advance();
            else if (!_current.Is(']'))
                throw Unexpected("expected ',' or ']'");
        }

        Advance();
        return new TextList(items, location);
    }

    private TextScalar Scalar()
    {
        var location = _current.Location;
        if (_current.Kind == TextTokenKind.Quoted)
            return new TextScalar(TextTokenKind.Quoted, Strings(), location);
        var sign = _current.Is('-') ? Advance().Text : string.Empty;
        if (_current.Kind is not (TextTokenKind.Number or TextTokenKind.Word))
            throw Unexpected("expected a value: a number, a word, a string in quotes, '{' or '['");
        var (kind, text, _) = Advance();
        return new TextScalar(sign.Length > 0 ? TextTokenKind.Number : kind, sign + text, location);
    }

    // Strings one after the other are one.
    private string Strings()
    {
        var parts = new List<string>();
        while (_current.Kind == TextTokenKind.Quoted)
            parts.Add(Advance().Text);
        return string.Concat(parts);
    }

    private TextToken Advance()
    {
        var taken = _current;
        _current = _tokens.Next();
        return taken;
    }

    private ManifestException Unexpected(string expected) => new([$"{_current.Location}: {expected}; found {_current.Describe()}."]);
}
