using System.Text.Json;
using Inference.Domain;

namespace Inference.Adapters.Cli.Input;

/// <summary>Reads JSON strictly, with errors that name where it came from.</summary>
internal static class JsonValue
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>The value.</summary>
    /// <param name="source">Named in errors.</param>
    /// <param name="json">UTF-8.</param>
    /// <param name="hint">What could have been meant instead; may be empty.</param>
    /// <exception cref="UsageException">It is not JSON.</exception>
    public static JsonElement Parse(string source, ReadOnlyMemory<byte> json, string hint = "")
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutByteOrderMark(json), Strict);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new UsageException($"{source} is not JSON: {ErrorText.Bound(e.Message)}{hint}");
        }
    }

    /// <summary>Throws where an object has a property that nobody knows.</summary>
    public static void RefuseUnknown(string source, JsonElement element, params ReadOnlySpan<string> known)
    {
        foreach (var property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                throw new UsageException($"{source} has {ErrorText.Quote(property.Name)}; known here: {string.Join(", ", known!)}.{NearestName.Hint(property.Name, known.ToArray())}");
        }
    }

    /// <summary>The text of a property; null where it is absent.</summary>
    public static string? Text(string source, JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw new UsageException($"{source}: '{name}' must be a string.");
    }

    private static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> json) =>
        json.Span.StartsWith("\uFEFF"u8) ? json["\uFEFF"u8.Length..] : json;
}
