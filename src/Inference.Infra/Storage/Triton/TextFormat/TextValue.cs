using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.TextFormat;

/// <summary>A value as it was written, whatever it is meant to be. Immutable.</summary>
/// <param name="Location">Where it begins.</param>
internal abstract record TextValue(SourceLocation Location);

/// <summary>A word, a number with its sign, or a string.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Text">What it says; strings without quotes and escapes.</param>
/// <param name="Location">Where it begins.</param>
internal sealed record TextScalar(TextTokenKind Kind, string Text, SourceLocation Location) : TextValue(Location);

/// <summary>Values in brackets.</summary>
/// <param name="Items">The values.</param>
/// <param name="Location">Where it begins.</param>
internal sealed record TextList(IReadOnlyList<TextValue> Items, SourceLocation Location) : TextValue(Location);

/// <summary>Fields in braces, or the whole file.</summary>
/// <param name="Fields">The fields in the order written; names may come again.</param>
/// <param name="Location">Where it begins.</param>
internal sealed record TextMessage(IReadOnlyList<TextField> Fields, SourceLocation Location) : TextValue(Location);

/// <summary>A name and a value.</summary>
/// <param name="Name">Name.</param>
/// <param name="Value">Value.</param>
/// <param name="Location">Where the name begins.</param>
internal sealed record TextField(string Name, TextValue Value, SourceLocation Location);
