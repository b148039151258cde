using System.Text;

namespace Inference.Domain;

/// <summary>
/// Turns names, shapes and lists that came from outside into short, printable text for error messages: a hostile name of
/// any length or content cannot flood a log line or overflow a transport's header limits.
/// </summary>
public static class ErrorText
{
    /// <summary>Longest quoted name, in characters; the rest is cut and the full length is told.</summary>
    public const int MaxNameLength = 80;

    /// <summary>Longest whole message, in characters.</summary>
    public const int MaxMessageLength = 1000;

    /// <summary>Longest reason why a model is not served, in characters: room for the mistakes of a manifest.</summary>
    public const int MaxReasonLength = 4000;

    private const int MaxListed = 12;

    /// <summary>The name in single quotes, control characters, line separators and lone surrogates replaced by '?', cut to <see cref="MaxNameLength"/>.</summary>
    public static string Quote(string? name)
    {
        name ??= string.Empty;
        var text = new StringBuilder(Math.Min(name.Length, MaxNameLength) + 24).Append('\'');
        AppendPrintable(text, name, MaxNameLength);
        text.Append('\'');
        return name.Length > MaxNameLength ? text.Append(" (").Append(name.Length).Append(" characters)").ToString() : text.ToString();
    }

    /// <summary>Up to twelve quoted names, separated by commas, with the number of the others; "none" for an empty list.</summary>
    public static string List(IEnumerable<string> names) => Join(names.Select(Quote));

    /// <summary>Up to twelve items as they are, separated by commas, with the number of the others; "none" for an empty list.</summary>
    public static string Join(IEnumerable<string> items)
    {
        var all = items as IReadOnlyCollection<string> ?? items.ToList();
        if (all.Count == 0)
            return "none";
        var shown = string.Join(", ", all.Take(MaxListed));
        return all.Count > MaxListed ? $"{shown} and {all.Count - MaxListed} more" : shown;
    }

    /// <summary>Dimensions as <c>[2,3]</c>, with at most twelve of them shown.</summary>
    public static string Shape(ReadOnlySpan<long> dimensions)
    {
        var text = new StringBuilder("[");
        for (var i = 0; i < Math.Min(dimensions.Length, MaxListed); i++)
            text.Append(i == 0 ? "" : ",").Append(dimensions[i]);
        if (dimensions.Length > MaxListed)
            text.Append(",… ").Append(dimensions.Length).Append(" dimensions");
        return text.Append(']').ToString();
    }

    /// <summary>A whole message on one line, cut to <see cref="MaxMessageLength"/>.</summary>
    public static string Bound(string message)
    {
        if (message.Length <= MaxMessageLength && !message.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return message;
        var text = new StringBuilder(Math.Min(message.Length, MaxMessageLength) + 1);
        AppendPrintable(text, message, MaxMessageLength);
        return message.Length > MaxMessageLength ? text.Append('…').ToString() : text.ToString();
    }

    /// <summary>A reason why a model is not served on one line, cut to <see cref="MaxReasonLength"/>.</summary>
    public static string BoundReason(string reason)
    {
        var text = new StringBuilder(Math.Min(reason.Length, MaxReasonLength) + 1);
        AppendPrintable(text, reason, MaxReasonLength);
        return reason.Length > MaxReasonLength ? text.Append('…').ToString() : text.ToString();
    }

    private static void AppendPrintable(StringBuilder text, string value, int limit)
    {
        for (var i = 0; i < value.Length && i < limit; i++)
        {
            var c = value[i];
            if (char.IsHighSurrogate(c) && i + 1 < value.Length && i + 1 < limit && char.IsLowSurrogate(value[i + 1]))
                text.Append(c).Append(value[++i]);
            else
                text.Append(char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' ? '?' : c);
        }
    }
}
