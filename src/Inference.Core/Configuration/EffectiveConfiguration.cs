using System.Globalization;
using System.Text.RegularExpressions;

namespace Inference.Core.Configuration;

/// <summary>Tells the options that are in force, without what may be a secret. Thread-safe.</summary>
public static partial class EffectiveConfiguration
{
    /// <summary>What stands in place of a secret.</summary>
    public const string Hidden = "(hidden)";

    /// <summary>Every option, by its key below the root section, in order.</summary>
    public static IReadOnlyDictionary<string, string> Of(InferenceOptions options)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Collect(string.Empty, options, all);
        return all;
    }

    /// <summary>A value as it may be shown: hidden where the key or the value says that it is secret.</summary>
    internal static string Show(string key, string value)
    {
        if (value.Length == 0)
            return value;
        if (SecretKey().IsMatch(key) && !key.EndsWith("Path", StringComparison.OrdinalIgnoreCase))
            return Hidden;
        var shown = value.Contains("://", StringComparison.Ordinal) ? Query().Replace(UserInfo().Replace(value, $"$1{Hidden}@"), $"?{Hidden}") : value;
        return SecretPart().IsMatch(shown) ? Hidden : shown;
    }

    private static void Collect(string path, object section, SortedDictionary<string, string> all)
    {
        foreach (var option in section.GetType().GetProperties().Where(p => p.CanWrite))
        {
            var (key, value) = (path + option.Name, option.GetValue(section));
            if (value is null or string or ValueType)
                all[key] = value is bool flag ? (flag ? "true" : "false") : Show(key, Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty);
            else
                Collect($"{key}:", value, all);
        }
    }

    [GeneratedRegex("passw|secret|token|credential|connectionstring|apikey|accesskey|privatekey|headers|authorization", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretKey();

    // A connection string, or something else that is made of names and values.
    [GeneratedRegex("(passw(or)?d|pwd|secret|token|signature|key)\\s*=", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretPart();

    // To the last '@', since a password may have some of its own.
    [GeneratedRegex("(://).*@", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex UserInfo();

    [GeneratedRegex("[?].+$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Query();
}
