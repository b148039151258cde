using Inference.Domain;
using Inference.Domain.Pipelines;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Inference.Infra.Storage.Manifests;

/// <summary>
/// Turns one YAML document into option nodes. Takes the plain part of YAML only: no anchors, aliases or tags, so that a
/// small file cannot grow large, and no deep nesting, so that reading it cannot exhaust the stack.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>Levels of nesting; manifests need six.</summary>
    public const int MaxDepth = 32;

    private readonly Parser _parser;
    private readonly string _file;
    private readonly List<string> _errors = [];

    private YamlReader(string text, string file)
    {
        _parser = new Parser(new StringReader(text));
        _file = file;
    }

    /// <summary>The document's root; an empty section where there is no document.</summary>
    /// <param name="text">The content.</param>
    /// <param name="file">How locations name the file.</param>
    /// <exception cref="ManifestException">What is wrong, with file and line.</exception>
    public static OptionNode Read(string text, string file)
    {
        var reader = new YamlReader(text, file);
        var root = reader.Document();
        return reader._errors.Count == 0 ? root : throw new ManifestException(reader._errors);
    }

    private OptionNode Document()
    {
        Next<StreamStart>();
        if (Next() is StreamEnd)
            return OptionNode.Section([], new SourceLocation(_file, 0));
        var root = Node(Next(), at: null, depth: 0);
        Next<DocumentEnd>();
        if (Next() is DocumentStart second)
            _errors.Add($"{At(second.Start)}: a second document begins here; a manifest is one document.");

        // A file of comments, or of a lone '---', has one empty scalar.
        return root is { Kind: OptionKind.Scalar, Text: "" } ? OptionNode.Section([], root.Location) : root;
    }

    private OptionNode Node(ParsingEvent current, SourceLocation? at, int depth)
    {
        if (depth > MaxDepth)
            throw new ManifestException([$"{At(current.Start)}: values are nested more than {MaxDepth} levels deep."]);
        Plain(current);
        var location = at ?? At(current.Start);
        return current switch
        {
            Scalar scalar => OptionNode.Scalar(scalar.Value, location),
            SequenceStart => List(location, depth),
            MappingStart => Section(location, depth),
            _ => OptionNode.Scalar(string.Empty, location),
        };
    }

    private OptionNode List(SourceLocation location, int depth)
    {
        var items = new List<OptionNode>();
        while (Next() is var item and not SequenceEnd)
            items.Add(Node(item, at: null, depth + 1));
        return OptionNode.List(items, location);
    }

    // A value stands where its key stands, so that an error about a whole section points at its first line.
    private OptionNode Section(SourceLocation location, int depth)
    {
        var entries = new List<KeyValuePair<string, OptionNode>>();
        var lines = new Dictionary<string, SourceLocation>(StringComparer.Ordinal);
        while (Next() is var current and not MappingEnd)
        {
            var key = Node(current, at: null, depth + 1);
            var value = Node(Next(), key.Location, depth + 1);
            if (key.Kind != OptionKind.Scalar)
                _errors.Add($"{key.Location}: a key must be a single word.");
            else if (!lines.TryAdd(key.Text, key.Location))
                _errors.Add($"{key.Location}: key {ErrorText.Quote(key.Text)} stands here and in line {lines[key.Text].Line}; each key may stand once.");
            else
                entries.Add(new(key.Text, value));
        }

        return OptionNode.Section(entries, location);
    }

    private void Plain(ParsingEvent current)
    {
        if (current is AnchorAlias alias)
            _errors.Add($"{At(alias.Start)}: alias {ErrorText.Quote("*" + alias.Value.Value)} is not supported; write the value out.");
        else if (current is NodeEvent { Anchor.IsEmpty: false } anchored)
            _errors.Add($"{At(anchored.Start)}: anchor {ErrorText.Quote("&" + anchored.Anchor.Value)} is not supported; write the value out where it is needed.");
        else if (current is NodeEvent { Tag.IsEmpty: false } tagged)
            _errors.Add($"{At(tagged.Start)}: tag {ErrorText.Quote(tagged.Tag.ToString())} is not supported; leave it out.");
    }

    private ParsingEvent Next()
    {
        while (Advance())
        {
            if (_parser.Current is { } current and not Comment)
                return current;
        }

        throw new ManifestException([$"{_file}: the file ends too early."]);
    }

    // Beside its own exceptions the parser lets others through for some texts, such as a document's end without a beginning.
    private bool Advance()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException or FormatException)
        {
            var at = (e as YamlException)?.Start ?? _parser.Current?.End ?? Mark.Empty;
            throw new ManifestException([$"{At(at)}: this is not valid YAML: {ErrorText.Bound(e.Message)}"]);
        }
    }

    private void Next<T>()
        where T : ParsingEvent
    {
        if (Next() is var current and not T)
            throw new ManifestException([$"{At(current.Start)}: this is not valid YAML."]);
    }

    private SourceLocation At(Mark mark) => new(_file, int.CreateSaturating(mark.Line));
}
