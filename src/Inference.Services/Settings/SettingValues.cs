using System.Globalization;
using Inference.Domain;

namespace Inference.Services.Settings;

/// <summary>Reads values that clients give settings, and says what is wrong with them.</summary>
internal static class SettingValues
{
    /// <summary>The only value of a setting, one of those expected.</summary>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public static string OneOf(string key, IReadOnlyList<string> values, params ReadOnlySpan<string> expected)
    {
        var value = Single(key, values);
        foreach (var known in expected)
        {
            if (string.Equals(known, value, StringComparison.OrdinalIgnoreCase))
                return known;
        }

        throw Wrong(key, ErrorText.Quote(value), string.Join(" or ", expected!));
    }

    /// <summary>The only value of a setting, a whole number.</summary>
    /// <exception cref="InferenceException">InvalidArgument.</exception>
    public static long Whole(string key, IReadOnlyList<string> values, long least)
    {
        var value = Single(key, values);
        return long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least
            ? number
            : throw Wrong(key, ErrorText.Quote(value), $"a whole number of at least {least}");
    }

    /// <summary>The error of a key that there is not.</summary>
    public static InferenceException Unknown(string kind, string key, IReadOnlyCollection<string> known)
    {
        var hint = NearestName.Find(key, known) is { } near ? $" Did you mean '{near}'?" : string.Empty;
        return InferenceException.InvalidArgument($"{ErrorText.Quote(key)} is no {kind} setting; known: {string.Join(", ", known)}.{hint}");
    }

    /// <summary>The error of a value that cannot be.</summary>
    public static InferenceException Wrong(string key, string value, string expected) =>
        InferenceException.InvalidArgument($"setting '{key}' is {value}; expected {expected}.");

    /// <summary>The error of a client that may not change settings.</summary>
    public static InferenceException NotAllowed(string kind) =>
        new(ErrorCode.WrongMode, $"{kind} settings of this server cannot be changed by clients (Telemetry:AllowChanges is false); a call without settings reads them.");

    private static string Single(string key, IReadOnlyList<string> values) => values.Count == 1
        ? values[0]
        : throw Wrong(key, $"given {values.Count} values", "one, or none to take a change back");
}
