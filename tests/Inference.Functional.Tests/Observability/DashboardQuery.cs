using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Inference.Functional.Tests.Hosting;

namespace Inference.Functional.Tests.Observability;

/// <summary>One query of the Grafana dashboard, and the labels that its legend shows.</summary>
internal sealed partial record DashboardQuery(string Panel, string RefId, string Expression, IReadOnlyList<string> LegendLabels)
{
    /// <summary>All of them, with the variables replaced as Grafana does for all models.</summary>
    public static IEnumerable<DashboardQuery> All()
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryPaths.Root, "deploy", "grafana", "inference.json")))!;
        foreach (var panel in dashboard["panels"]!.AsArray())
        {
            foreach (var target in panel!["targets"]?.AsArray() ?? [])
            {
                var expression = (string)target!["expr"]!;
                yield return new DashboardQuery(
                    (string)panel["title"]!,
                    (string)target["refId"]!,
                    expression.Replace("$__rate_interval", "1m", StringComparison.Ordinal).Replace("$model", ".*", StringComparison.Ordinal),
                    [.. LabelPattern().Matches((string)target["legendFormat"]!).Select(m => m.Groups[1].Value)]);
            }
        }
    }

    public override string ToString() => $"{Panel}, {RefId}";

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex LabelPattern();
}
