using System.Text.RegularExpressions;

namespace Inference.Functional.Tests.Observability;

/// <summary>What can be told of an expression of PromQL without parsing it wholly.</summary>
internal static partial class PromExpression
{
    private static readonly HashSet<string> Words = ["and", "or", "unless", "bool", "offset", "inf", "nan"];

    /// <summary>The metrics that it names: what remains beside functions, words, numbers, selectors and lists of labels.</summary>
    public static IEnumerable<string> Metrics(string expression)
    {
        var bare = ListPattern().Replace(SelectorPattern().Replace(TextPattern().Replace(expression, string.Empty), string.Empty), string.Empty);
        return NamePattern().Matches(bare).Select(m => m.Value).Where(name => !Words.Contains(name)).Distinct();
    }

    /// <summary>Whether it asks for metrics that are only there where the repository is an object store.</summary>
    public static bool IsOfStore(string expression) => Metrics(expression).Any(m => m.StartsWith("inference_store_", StringComparison.Ordinal));

    /// <summary>The expression without the bound that it is compared with at its end, so that it has values while all is well.</summary>
    public static string WithoutBound(string expression) => BoundPattern().Replace(expression, string.Empty);

    /// <summary>The metrics that a page declares, with the series of histograms.</summary>
    public static HashSet<string> Declared(string page) =>
        [.. TypePattern().Matches(page).SelectMany(m => m.Groups[2].Value == "histogram"
            ? new[] { "_bucket", "_sum", "_count" }.Select(suffix => m.Groups[1].Value + suffix)
            : [m.Groups[1].Value])];

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex TextPattern();

    [GeneratedRegex(@"\{[^}]*\}|\[[^\]]*\]")]
    private static partial Regex SelectorPattern();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")]
    private static partial Regex ListPattern();

    [GeneratedRegex(@"(?<![\w.:])[a-zA-Z_:][\w:]*(?![\w:]*\s*\()")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\s*(==|!=|>=|<=|>|<)\s*[\d.e-]+\s*$")]
    private static partial Regex BoundPattern();

    [GeneratedRegex(@"^# TYPE (\S+) (\S+)$", RegexOptions.Multiline)]
    private static partial Regex TypePattern();
}
