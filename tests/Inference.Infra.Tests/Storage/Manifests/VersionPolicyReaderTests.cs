using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Storage.Manifests;

internal sealed class VersionPolicyReaderTests
{
    [TestCase("", ExpectedResult = "all")]
    [TestCase("version_policy: all", ExpectedResult = "all")]
    [TestCase("version_policy: { latest: 2 }", ExpectedResult = "latest: 2")]
    [TestCase("version_policy:\n  specific: [3, 1]", ExpectedResult = "specific: [1, 3]")]
    public string Read_Policy_IsTaken(string text) => ModelManifestReader.Read(YamlReader.Read(text, "m.yaml")).VersionPolicy.ToString();

    [TestCase("version_policy: latest", "m.yaml:1: 'version_policy' is 'latest'; expected all, { latest: 2 } or { specific: [1, 3] }.")]
    [TestCase("version_policy: [1]", "'version_policy' is a list; expected all")]
    [TestCase("version_policy: {}", "'version_policy' says neither latest nor specific")]
    [TestCase("version_policy: { latest: 1, specific: [1] }", "'version_policy' has both latest and specific")]
    [TestCase("version_policy: { latest: 0 }", "'latest' is '0'; expected a whole number from 1 to")]
    [TestCase("version_policy: { latest: all }", "'latest' is 'all'; expected a whole number")]
    [TestCase("version_policy: { specific: 1 }", "'specific' must be a list of versions, such as [1, 3].")]
    [TestCase("version_policy: { specific: [] }", "'specific' must be a list of versions, such as [1, 3].")]
    [TestCase("version_policy: { specific: [1, 02] }", "'specific' has '02'; expected whole numbers greater than 0")]
    [TestCase("version_policy: { lastest: 1 }", "Did you mean 'latest'?")]
    [TestCase("version_polcy: all", "Did you mean 'version_policy'?")]
    public void Read_Mistake_IsToldWithLineAndRemedy(string text, string expected) =>
        Assert.That(Assert.Throws<ManifestException>(() => ModelManifestReader.Read(YamlReader.Read(text, "m.yaml")))!.Message, Does.Contain(expected));
}
