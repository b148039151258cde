using System.CommandLine;
using System.Text.RegularExpressions;
using Inference.Core.Configuration;
using Inference.Domain;

namespace Inference.Adapters.Cli.Commands;

/// <summary>Turns <c>--Section:Key=value</c> and the commands' own options into arguments for the configuration.</summary>
internal static partial class ConfigurationArguments
{
    public const string Help = "Any setting can be given as --Section:Key=value, such as --Execution:Device=auto or --Logging:Level=Debug.";

    /// <summary>The pairs among the tokens that no option took.</summary>
    /// <exception cref="UsageException">A token is something else.</exception>
    public static IEnumerable<string> FromUnmatched(ParseResult parsed) => parsed.UnmatchedTokens.Select(token =>
    {
        var pair = Pair().Match(token);
        if (!pair.Success)
        {
            var known = parsed.CommandResult.Command.Options.Select(o => o.Name).ToList();
            throw new UsageException($"{ErrorText.Quote(token)} is not known.{NearestName.Hint(token.Split('=')[0], known)} Settings are written --Section:Key=value.");
        }

        return Setting(pair.Groups["key"].Value, pair.Groups["value"].Value);
    });

    /// <summary>A setting as the configuration reads it; nothing where the option was not given.</summary>
    public static IEnumerable<string> From(string key, string? value) => value is null ? [] : [Setting(key, value)];

    private static string Setting(string key, string value) => $"--{InferenceOptions.Root}:{key}={value}";

    // The root section may be written out, as it is in files.
    [GeneratedRegex("^--(?:Inference:)?(?<key>[A-Za-z]+(?::[A-Za-z0-9]+)+)=(?<value>.*)$", RegexOptions.Singleline | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Pair();
}
