using System.Text.RegularExpressions;
using Inference.Core.Configuration;

namespace Inference.Adapters.Cli.Commands;

/// <summary>Turns <c>--Section:Key=value</c> and the commands' own options into arguments for the configuration.</summary>
internal static partial class ConfigurationArguments
{
    public const string Help = "Any setting can be given as --Section:Key=value, such as --Execution:Device=auto or --Logging:Level=Debug.";

    /// <summary>Takes the settings out of a command line.</summary>
    /// <returns>The settings as the configuration reads them, and the other arguments.</returns>
    public static (IReadOnlyList<string> Settings, IReadOnlyList<string> Others) Split(IEnumerable<string> args)
    {
        var (settings, others) = (new List<string>(), new List<string>());
        foreach (var arg in args)
        {
            if (Pair().Match(arg) is { Success: true } pair)
                settings.Add(Setting(pair.Groups["key"].Value, pair.Groups["value"].Value));
            else
                others.Add(arg);
        }

        return (settings, others);
    }

    /// <summary>A setting as the configuration reads it; nothing where the option was not given.</summary>
    public static IEnumerable<string> From(string key, string? value) => value is null ? [] : [Setting(key, value)];

    private static string Setting(string key, string value) => $"--{InferenceOptions.Root}:{key}={value}";

    // The root section may be written out, as it is in files.
    [GeneratedRegex("^--(?:Inference:)?(?<key>[A-Za-z]+(?::[A-Za-z0-9]+)+)=(?<value>.*)$", RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Pair();
}
