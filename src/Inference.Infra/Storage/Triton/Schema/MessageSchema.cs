namespace Inference.Infra.Storage.Triton.Schema;

/// <summary>The fields that a message may have. Complete once its file is read, and not changed after that.</summary>
/// <param name="name">Name with the names of the messages around it, such as <c>ModelInput.Format</c>.</param>
internal sealed class MessageSchema(string name)
{
    private readonly Dictionary<string, FieldSchema> _fields = new(StringComparer.Ordinal);

    public string Name => name;

    /// <summary>Names of the fields, in the order of the file.</summary>
    public IReadOnlyCollection<string> FieldNames => _fields.Keys;

    /// <summary>The field of that name, or null.</summary>
    public FieldSchema? Find(string field) => _fields.GetValueOrDefault(field);

    public void Add(FieldSchema field) => _fields.Add(field.Name, field);
}

/// <summary>One field of a message.</summary>
/// <param name="Name">Name.</param>
/// <param name="Type">Name of a scalar type, or of the message or enumeration as the file has it.</param>
internal sealed record FieldSchema(string Name, string Type)
{
    /// <summary>May stand any number of times.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>The type of the keys where it is a map, whose values then have <see cref="Type"/>; else null.</summary>
    public string? KeyType { get; init; }

    /// <summary>Name of the choice that it belongs to, of which one field at most may be set; null for none.</summary>
    public string? Choice { get; init; }

    /// <summary>What it holds, where that is a message.</summary>
    public MessageSchema? Message { get; set; }

    /// <summary>Words and their numbers, where it is an enumeration.</summary>
    public IReadOnlyDictionary<string, int>? Words { get; set; }
}
