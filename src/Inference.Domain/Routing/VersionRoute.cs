using Inference.Domain.Registry;

namespace Inference.Domain.Routing;

/// <summary>A configured answer to "which version?": the latest, a fixed one, or the one behind a label. Immutable.</summary>
public sealed record VersionRoute
{
    /// <summary>Longest label, in characters.</summary>
    public const int MaxLabelLength = 64;

    private const string LatestWord = "latest";

    private VersionRoute(long? version, string? label)
    {
        Version = version;
        Label = label;
    }

    /// <summary>The highest version that serves: in memory, or once a request loads it.</summary>
    public static VersionRoute Latest { get; } = new(null, null);

    /// <summary>The fixed version, where it is one.</summary>
    public long? Version { get; }

    /// <summary>The label, where it is one.</summary>
    public string? Label { get; }

    /// <summary>Reads <c>latest</c>, a version, or a label; null where the text is none of them.</summary>
    public static VersionRoute? TryParse(string text)
    {
        if (text == LatestWord)
            return Latest;
        if (PipelineKey.TryParseVersion(text, out var version))
            return new VersionRoute(version, null);
        return IsLabel(text) ? new VersionRoute(null, text) : null;
    }

    /// <summary>
    /// True for a word of letters, digits, <c>-</c>, <c>_</c> and <c>.</c> that begins with a letter, is at most
    /// <see cref="MaxLabelLength"/> long and is not <c>latest</c>.
    /// </summary>
    public static bool IsLabel(string text) =>
        text.Length is > 0 and <= MaxLabelLength
        && text != LatestWord
        && char.IsAsciiLetter(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    /// <summary>The form that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => Label ?? (Version is { } version ? new PipelineKey(string.Empty, version).VersionText : LatestWord);
}
