using Inference.Infra.Storage.Triton.TextFormat;

namespace Inference.Infra.Storage.Triton.Schema;

/// <summary>
/// Reads the messages of the protocol's own contract, so that what a configuration may say is never another thing than what
/// the protocol's answers can say. Takes what that file has: messages, enumerations, choices, maps.
/// </summary>
internal sealed class ContractReader
{
    private readonly TextTokenizer _tokens;
    private readonly Dictionary<string, MessageSchema> _messages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, int>> _enumerations = new(StringComparer.Ordinal);
    private readonly List<(string Scope, FieldSchema Field)> _fields = [];
    private TextToken _current;

    private ContractReader(string contract)
    {
        // The two languages have the same words, numbers and strings; comments differ.
        var lines = contract.Split('\n').Select(line => line.Split("//")[0]);
        _tokens = new TextTokenizer(string.Join('\n', lines), "open_inference.proto");
        _current = _tokens.Next();
    }

    /// <summary>All messages by name.</summary>
    public static IReadOnlyDictionary<string, MessageSchema> Read(string contract)
    {
        var reader = new ContractReader(contract);
        while (reader._current.Kind != TextTokenKind.End)
            reader.Declaration(string.Empty, null, null);
        foreach (var (scope, field) in reader._fields)
            reader.Resolve(scope, field);
        return reader._messages;
    }

    private void Declaration(string scope, MessageSchema? message, string? choice)
    {
        switch (_current.Text)
        {
            case "message":
                Message(scope);
                break;
            case "enum":
                Enumeration(scope);
                break;
            case "oneof":
                Advance();
                var name = Advance();
                Block(() => Declaration(scope, message, name));
                break;
            default:
                if (message is null)
                    Skip();
                else
                    Field(scope, message, choice);
                break;
        }
    }

    private void Message(string scope)
    {
        Advance();
        var name = Qualify(scope, Advance());
        var message = new MessageSchema(name);
        _messages.Add(name, message);
        Block(() => Declaration(name, message, null));
    }

    private void Enumeration(string scope)
    {
        Advance();
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        _enumerations.Add(Qualify(scope, Advance()), words);
        Block(() =>
        {
            var word = Advance();
            Advance();
            words.Add(word, int.Parse(Advance(), System.Globalization.CultureInfo.InvariantCulture));
            Advance();
        });
    }

    // [repeated] TYPE NAME = NUMBER ; or map < KEY , TYPE > NAME = NUMBER ;
    private void Field(string scope, MessageSchema message, string? choice)
    {
        var isRepeated = _current.Text == "repeated";
        if (isRepeated)
            Advance();
        var type = Advance();
        string? key = null;
        if (type == "map")
        {
            Advance();
            key = Advance();
            Advance();
            type = Advance();
            Advance();
        }

        var field = new FieldSchema(Advance(), type) { IsRepeated = isRepeated, KeyType = key, Choice = choice };
        Skip();
        message.Add(field);
        _fields.Add((scope, field));
    }

    // A statement, or the block of a service.
    private void Skip()
    {
        while (_current.Kind != TextTokenKind.End && !_current.Is(';') && !_current.Is('{'))
            Advance();
        if (_current.Is('{'))
            Block(Skip);
        else
            Advance();
    }

    private void Block(Action part)
    {
        Advance();
        while (_current.Kind != TextTokenKind.End && !_current.Is('}'))
            part();
        Advance();
    }

    // The innermost scope that has the name.
    private void Resolve(string scope, FieldSchema field)
    {
        for (var within = scope; ; within = within[..Math.Max(0, within.LastIndexOf('.'))])
        {
            var name = Qualify(within, field.Type);
            field.Message = _messages.GetValueOrDefault(name);
            field.Words = _enumerations.GetValueOrDefault(name);
            if (within.Length == 0 || field.Message is not null || field.Words is not null)
                return;
        }
    }

    private static string Qualify(string scope, string name) => scope.Length == 0 ? name : $"{scope}.{name}";

    private string Advance()
    {
        var text = _current.Text;
        _current = _tokens.Next();
        return text;
    }
}
