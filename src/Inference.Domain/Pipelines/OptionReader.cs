using System.Globalization;

namespace Inference.Domain.Pipelines;

/// <summary>
/// Reads a section's values by key and type. Mistakes are collected, not thrown one by one; <see cref="Finish"/> adds the
/// keys that nobody asked for and throws them all together. Not thread-safe.
/// </summary>
public sealed class OptionReader
{
    private readonly OptionNode _section;
    private readonly OrderedDictionary<string, bool> _errors;
    private readonly List<string> _known = [];
    private readonly List<OptionReader> _children = [];

    /// <summary>Reads a section of its own.</summary>
    public OptionReader(OptionNode section)
        : this(section, new OrderedDictionary<string, bool>(StringComparer.Ordinal))
    {
        if (section.Kind != OptionKind.Section)
            Error(section, "keys with values are expected here.");
    }

    private OptionReader(OptionNode section, OrderedDictionary<string, bool> errors)
    {
        _section = section;
        _errors = errors;
    }

    /// <summary>Where the section was written.</summary>
    public SourceLocation Location => _section.Location;

    /// <summary>Mistakes found so far.</summary>
    public IReadOnlyList<string> Errors => _errors.Keys;

    /// <summary>An empty section, for options that were not given.</summary>
    public static OptionReader Empty(string file) => new(OptionNode.Section([], new SourceLocation(file, 0)));

    /// <summary>True where the key was written.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>The raw value, or null.</summary>
    public OptionNode? Find(string key)
    {
        _known.Add(key);
        foreach (var entry in _section.Entries)
        {
            if (entry.Key == key)
                return entry.Value;
        }

        return null;
    }

    /// <summary>A word; <paramref name="fallback"/> where the key is absent.</summary>
    public string Text(string key, string fallback) => Scalar(key) ?? fallback;

    /// <summary>A word that must be given.</summary>
    public string RequiredText(string key)
    {
        if (Find(key) is null)
            Error(_section, $"key '{key}' is missing.");
        return Scalar(key) ?? string.Empty;
    }

    /// <summary>A whole number within limits.</summary>
    public long Integer(string key, long fallback, long minimum = long.MinValue, long maximum = long.MaxValue)
    {
        if (Find(key) is not { } node || Scalar(key) is not { } text)
            return fallback;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
            return value;
        Error(node, $"'{key}' is {ErrorText.Quote(text)}; expected a whole number{Range(minimum, maximum)}.");
        return fallback;
    }

    /// <summary>A finite number.</summary>
    public double Number(string key, double fallback) => Find(key) is { } node ? Number(node, key, fallback) : fallback;

    /// <summary>One finite number, or a list of them; null where the key is absent.</summary>
    public IReadOnlyList<double>? Numbers(string key)
    {
        if (Find(key) is not { } node)
            return null;
        return node.Kind == OptionKind.List ? [.. node.Items.Select(i => Number(i, key, 0))] : [Number(node, key, 0)];
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public bool Flag(string key, bool fallback)
    {
        if (Find(key) is not { } node || Scalar(key) is not { } text)
            return fallback;
        if (text is "true" or "false")
            return text == "true";
        Error(node, $"'{key}' is {ErrorText.Quote(text)}; expected true or false.");
        return fallback;
    }

    /// <summary>One of a few words.</summary>
    public T Choice<T>(string key, T fallback, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        if (Find(key) is not { } node || Scalar(key) is not { } text)
            return fallback;
        var words = new List<string>();
        foreach (var (word, value) in choices)
        {
            if (word == text)
                return value;
            words.Add(word);
        }

        Error(node, $"'{key}' is {ErrorText.Quote(text)}; expected {string.Join(", ", words)}.{NearestName.Hint(text, words)}");
        return fallback;
    }

    /// <summary>A list of words; null where the key is absent.</summary>
    public IReadOnlyList<string>? Words(string key)
    {
        if (Find(key) is not { } node)
            return null;
        if (node.Kind == OptionKind.List && node.Items.All(i => i.Kind == OptionKind.Scalar))
            return [.. node.Items.Select(i => i.Text)];
        Error(node, $"'{key}' must be a list of words, such as [a, b].");
        return null;
    }

    /// <summary>A section within this one, empty where the key is absent; its mistakes are reported with this one's.</summary>
    public OptionReader Section(string key)
    {
        var node = Find(key);
        if (node is not null && node.Kind != OptionKind.Section)
        {
            Error(node, $"'{key}' must have keys with values.");
            node = null;
        }

        return Child(node ?? OptionNode.Section([], _section.Location));
    }

    /// <summary>A list of sections within this one; empty where the key is absent.</summary>
    public IReadOnlyList<OptionReader> Sections(string key)
    {
        if (Find(key) is not { } node)
            return [];
        if (node.Kind == OptionKind.List && node.Items.All(i => i.Kind == OptionKind.Section))
            return [.. node.Items.Select(Child)];
        Error(node, $"'{key}' must be a list whose items have keys with values.");
        return [];
    }

    /// <summary>Adds a mistake at the value of <paramref name="key"/>, or at the section where it is absent.</summary>
    public void Error(string key, string what) => Error(Find(key) ?? _section, $"'{key}' {what}");

    /// <summary>Throws every mistake found, keys that nobody asked for among them.</summary>
    /// <exception cref="ManifestException">There was at least one.</exception>
    public void Finish()
    {
        AddUnknownKeys();
        if (_errors.Count > 0)
            throw new ManifestException([.. _errors.Keys]);
    }

    private static string Range(long minimum, long maximum) => (minimum, maximum) switch
    {
        (long.MinValue, long.MaxValue) => string.Empty,
        (_, long.MaxValue) => $" of at least {minimum}",
        (long.MinValue, _) => $" of at most {maximum}",
        _ => $" from {minimum} to {maximum}",
    };

    private OptionReader Child(OptionNode node)
    {
        var child = new OptionReader(node, _errors);
        _children.Add(child);
        return child;
    }

    private void AddUnknownKeys()
    {
        var known = _known.Distinct().ToList();
        foreach (var entry in _section.Entries.Where(e => !known.Contains(e.Key)))
        {
            Error(entry.Value, $"key {ErrorText.Quote(entry.Key)} is not known; known here: {ErrorText.Join(known)}.{NearestName.Hint(entry.Key, known)}");
        }

        foreach (var child in _children)
            child.AddUnknownKeys();
    }

    private string? Scalar(string key)
    {
        if (Find(key) is not { } node)
            return null;
        if (node.Kind == OptionKind.Scalar)
            return node.Text;
        Error(node, $"'{key}' must be a single value.");
        return null;
    }

    private double Number(OptionNode node, string key, double fallback)
    {
        if (node.Kind == OptionKind.Scalar
            && double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value))
        {
            return value;
        }

        Error(node, $"'{key}' is {ErrorText.Quote(node.Text)}; expected a number.");
        return fallback;
    }

    // The same mistake may be met twice, and is told once.
    private void Error(OptionNode node, string what) => _errors.TryAdd($"{node.Location}: {what}", true);
}
