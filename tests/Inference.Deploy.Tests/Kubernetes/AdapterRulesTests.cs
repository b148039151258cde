using System.Text.RegularExpressions;
using k8s.Models;

namespace Inference.Deploy.Tests.Kubernetes;

internal sealed class AdapterRulesTests
{
    private static string Text => File.ReadAllText(Autoscaling("adapter-rules.yaml"));

    [Test]
    public void AdapterRule_Metric_IsTheOneThatTheAutoscalerAsksFor()
    {
        var rule = AdapterValues.Read(Text).Rules.Custom.Single();
        var wanted = Manifest.Read<V2HorizontalPodAutoscaler>(File.ReadAllText(Autoscaling("hpa.yaml"))).Single().Spec.Metrics.Single().Pods.Metric.Name;

        Assert.Multiple(() =>
        {
            Assert.That(rule.SeriesQuery[..rule.SeriesQuery.IndexOf('{', StringComparison.Ordinal)], Is.EqualTo(wanted));
            Assert.That(Regex.IsMatch(wanted, rule.Name.Matches), Is.True, rule.Name.Matches);
            Assert.That(rule.MetricsQuery, Does.Contain($"{wanted}{{<<.LabelMatchers>>}}"));
            Assert.That(rule.Resources.Overrides.ToDictionary(o => o.Key, o => o.Value.Resource), Is.EquivalentTo(new Dictionary<string, string> { ["namespace"] = "namespace", ["pod"] = "pod" }));
            foreach (var label in rule.Resources.Overrides.Keys)
                Assert.That(rule.SeriesQuery, Does.Contain($"{label}!=\"\""));
        });
    }

    [Test]
    public void AdapterRule_MistypedField_IsFound() =>
        Assert.That(() => AdapterValues.Read(Text.Replace("seriesQuery", "series", StringComparison.Ordinal)), Throws.InstanceOf<YamlDotNet.Core.YamlException>());

    private static string Autoscaling(string file) => DeployFolder.At("kubernetes", "autoscaling", file);
}
