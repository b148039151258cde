namespace Inference.Domain.Pipelines;

/// <summary>Forms of a configured value.</summary>
public enum OptionKind
{
    /// <summary>One word or number.</summary>
    Scalar,

    /// <summary>A list of values.</summary>
    List,

    /// <summary>Keys with values.</summary>
    Section,
}

/// <summary>
/// A configured value together with where it was written, whatever language it was written in. Immutable.
/// </summary>
public sealed class OptionNode
{
    private OptionNode(OptionKind kind, string? text, IReadOnlyList<OptionNode> items, IReadOnlyList<KeyValuePair<string, OptionNode>> entries, SourceLocation location)
    {
        Kind = kind;
        Text = text ?? string.Empty;
        Items = items;
        Entries = entries;
        Location = location;
    }

    /// <summary>Form of the value.</summary>
    public OptionKind Kind { get; }

    /// <summary>The word, where this is a scalar; else empty.</summary>
    public string Text { get; }

    /// <summary>The items, where this is a list; else empty.</summary>
    public IReadOnlyList<OptionNode> Items { get; }

    /// <summary>Keys and values in the order written, where this is a section; else empty. Keys are unique.</summary>
    public IReadOnlyList<KeyValuePair<string, OptionNode>> Entries { get; }

    /// <summary>Where it was written.</summary>
    public SourceLocation Location { get; }

    /// <summary>One word or number.</summary>
    public static OptionNode Scalar(string text, SourceLocation location) => new(OptionKind.Scalar, text, [], [], location);

    /// <summary>A list of values.</summary>
    public static OptionNode List(IReadOnlyList<OptionNode> items, SourceLocation location) => new(OptionKind.List, null, items, [], location);

    /// <summary>Keys with values.</summary>
    public static OptionNode Section(IReadOnlyList<KeyValuePair<string, OptionNode>> entries, SourceLocation location) =>
        new(OptionKind.Section, null, [], entries, location);
}

/// <summary>A place in a file; lines and columns count from 1, 0 where there is none.</summary>
public readonly record struct SourceLocation(string File, int Line)
{
    /// <summary>Column, where the language of the file tells it.</summary>
    public int Column { get; init; }

    /// <summary>File, line and column, as compilers write them.</summary>
    public override string ToString() => (Line, Column) switch
    {
        ( <= 0, _) => File,
        (_, <= 0) => $"{File}:{Line}",
        _ => $"{File}:{Line}:{Column}",
    };
}
