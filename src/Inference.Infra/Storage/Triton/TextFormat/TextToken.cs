using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.TextFormat;

/// <summary>Kinds of token.</summary>
internal enum TextTokenKind
{
    /// <summary>The text is over.</summary>
    End,

    /// <summary>A letter or underscore, then letters, digits and underscores.</summary>
    Word,

    /// <summary>A number as it was written, without its sign.</summary>
    Number,

    /// <summary>A quoted string; the text is what it stands for.</summary>
    Quoted,

    /// <summary>One character that is none of the others.</summary>
    Symbol,
}

/// <summary>A token of the text format.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Text">What it says.</param>
/// <param name="Location">Where it begins.</param>
internal readonly record struct TextToken(TextTokenKind Kind, string Text, SourceLocation Location)
{
    /// <summary>True for that symbol.</summary>
    public bool Is(char symbol) => Kind == TextTokenKind.Symbol && Text[0] == symbol;

    /// <summary>How errors name it.</summary>
    public string Describe() => Kind switch
    {
        TextTokenKind.End => "the end of the file",
        TextTokenKind.Quoted => $"the string {Domain.ErrorText.Quote(Text)}",
        _ => Domain.ErrorText.Quote(Text),
    };
}
