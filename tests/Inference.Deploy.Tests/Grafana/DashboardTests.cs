using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Inference.Deploy.Tests.Grafana;

/// <summary>What Grafana shows wrongly, or not at all, without saying so.</summary>
internal sealed partial class DashboardTests
{
    private const int Columns = 24;

    private static JsonNode Dashboard => JsonNode.Parse(
        File.ReadAllText(DeployFolder.At("grafana", "inference.json")), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false })!;

    private static List<JsonNode> Panels => [.. Dashboard["panels"]!.AsArray().Select(p => p!)];

    [Test]
    public void Panels_IdsAndTitles_AreTheirOwn()
    {
        Assert.That(Panels, Has.Count.GreaterThan(20));
        Assert.That(Panels.Select(p => (int)p["id"]!), Is.Unique);
        Assert.That(Panels.Select(p => (string)p["title"]!), Is.Unique.And.All.Not.Empty);
        Assert.That(Panels.Select(p => (string)p["type"]!), Is.All.AnyOf("row", "timeseries"));
    }

    [Test]
    public void Panels_Places_DoNotOverlap()
    {
        var cells = Panels.SelectMany(panel =>
        {
            var (x, y, w, h) = (Place(panel, "x"), Place(panel, "y"), Place(panel, "w"), Place(panel, "h"));
            Assert.That(x + w, Is.LessThanOrEqualTo(Columns), (string)panel["title"]!);
            return from column in Enumerable.Range(x, w) from row in Enumerable.Range(y, h) select (column, row);
        });

        Assert.That(cells.ToList(), Is.Unique.And.Not.Empty);

        static int Place(JsonNode panel, string side) => (int)panel["gridPos"]![side]!;
    }

    [Test]
    public void Targets_Variables_AreDeclared()
    {
        var declared = Dashboard["templating"]!["list"]!.AsArray().Select(v => (string)v!["name"]!).Append("__rate_interval").ToHashSet();

        foreach (var panel in Panels.Where(p => (string)p["type"]! != "row"))
        {
            var targets = panel["targets"]!.AsArray();
            var title = (string)panel["title"]!;
            Assert.That(targets, Is.Not.Empty, title);
            Assert.That(targets.Select(t => (string)t!["refId"]!), Is.Unique, title);
            Assert.That(targets.Append(panel).Select(t => (string)t!["datasource"]!["uid"]!), Is.All.EqualTo("${datasource}"), title);
            Assert.That(targets.Select(t => (string)t!["expr"]!), Is.All.Not.Empty, title);
            Assert.That(VariablePattern().Matches(panel.ToJsonString()).Select(m => m.Groups[1].Value).Distinct(), Is.SubsetOf(declared), title);
        }
    }

    [Test]
    public void Picture_PanelsThatItIsDrawnFrom_AreTheDashboards()
    {
        var script = File.ReadAllText(DeployFolder.At("grafana", "render.py"));
        var list = script[script.IndexOf("PANELS = [", StringComparison.Ordinal)..];
        var drawn = TitlePattern().Matches(list[..list.IndexOf(']', StringComparison.Ordinal)]).Select(m => m.Groups[1].Value).ToList();

        Assert.That(drawn, Is.Not.Empty.And.SubsetOf(Panels.Select(p => (string)p["title"]!)));
    }

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex TitlePattern();

    [GeneratedRegex(@"\$\{?(\w+)")]
    private static partial Regex VariablePattern();
}
