using System.Diagnostics;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Storage.Manifests;

internal sealed class ModelManifestReaderTests
{
    [TestCase("latest")]
    [TestCase("3")]
    [TestCase("stable")]
    public void Read_RouteAndLabels_AreTaken(string route)
    {
        var manifest = Read($"routing: {{ default: {route} }}\nlabels: {{ stable: 1, canary-2.x: 20 }}");
        Assert.That(manifest.DefaultRoute?.ToString(), Is.EqualTo(route));
        Assert.That(manifest.Labels.OrderBy(l => l.Value).Select(l => $"{l.Key} {l.Value}"), Is.EqualTo(new[] { "stable 1", "canary-2.x 20" }));
    }

    [TestCase("")]
    [TestCase("routing: {}")]
    [TestCase("labels: {}")]
    public void Read_Nothing_RefusesRequestsWithoutAVersion(string text)
    {
        var manifest = Read(text);
        Assert.That((manifest.DefaultRoute, manifest.Labels.Count), Is.EqualTo(((Domain.Routing.VersionRoute?)null, 0)));
    }

    [TestCase("routing: { default: 01 }", "m.yaml:1: 'default' is '01'; expected latest, a version such as 2, or a label.")]
    [TestCase("routing: { default: '' }", "'default' is ''")]
    [TestCase("routing: { default: [1] }", "'default' must be a single value.")]
    [TestCase("routing: { defualt: 1 }", "Did you mean 'default'?")]
    [TestCase("routing: latest", "m.yaml:1: 'routing' must have keys with values.")]
    [TestCase("labels: [stable]", "m.yaml:1: 'labels' must have labels with versions, such as stable: 1.")]
    [TestCase("labels:\n  latest: 1", "'labels' has 'latest' (line 2), which cannot be a label")]
    [TestCase("labels:\n  1a: 1", "'labels' has '1a' (line 2), which cannot be a label")]
    [TestCase("labels:\n  stable: 0", "gives label 'stable' (line 2) the version '0'; expected a whole number greater than 0")]
    [TestCase("labels:\n  stable: { version: 1 }", "gives label 'stable' (line 2) the version ''")]
    [TestCase("label: {}", "Did you mean 'labels'?")]
    public void Read_Mistake_IsToldWithLineAndRemedy(string text, string expected) =>
        Assert.That(Assert.Throws<ManifestException>(() => Read(text))!.Message, Does.Contain(expected));

    [Test]
    public void Read_VeryManyWrongLabels_AreToldSoonAndBounded()
    {
        var text = "labels:\n" + string.Concat(Enumerable.Range(0, 60_000).Select(i => $"  {i}a: 1\n"));
        var watch = Stopwatch.StartNew();
        var error = Assert.Throws<ManifestException>(() => Read(text))!;
        TestContext.Out.WriteLine($"{watch.Elapsed.TotalMilliseconds:F0} ms");
        Assert.That(error.Message, Does.EndWith(" And 59980 more.").And.Length.LessThan(10_000));

        // A fraction of a second on an idle machine; the limit only tells linear from quadratic.
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)));
    }

    [TestCase("labels: { stable: 1, old: 2 }", ExpectedResult = 1)]
    [TestCase("routing: { default: 2 }", ExpectedResult = 1)]
    [TestCase("routing: { default: stable }", ExpectedResult = 1)]
    [TestCase("routing: { default: stable }\nlabels: { stable: 1 }", ExpectedResult = 0)]
    [TestCase("routing: { default: latest }", ExpectedResult = 0)]
    public int DeadRoutes_Routes_AreThoseThatLeadNowhere(string text) => ModelManifestReader.DeadRoutes(Read(text), [1, 3]).Count();

    private static ModelManifest Read(string text) => ModelManifestReader.Read(YamlReader.Read(text, "m.yaml"));
}
