using CsCheck;
using Inference.Domain.Routing;

namespace Inference.Domain.Tests.Routing;

internal sealed class VersionRouteTests
{
    [TestCase("latest", null, null)]
    [TestCase("3", 3L, null)]
    [TestCase("canary-2.x_y", null, "canary-2.x_y")]
    public void TryParse_LatestVersionOrLabel_IsRead(string text, long? version, string? label)
    {
        var route = VersionRoute.TryParse(text)!;
        Assert.That((route.Version, route.Label, route.ToString()), Is.EqualTo((version, label, text)));
    }

    [TestCase("")]
    [TestCase("0")]
    [TestCase("1a")]
    [TestCase("a b")]
    [TestCase("é")]
    [TestCase("_a")]
    [TestCase("a\n")]
    public void TryParse_AnythingElse_IsNoRoute(string text) => Assert.That(VersionRoute.TryParse(text), Is.Null);

    [Test]
    public void IsLabel_Length_IsLimited()
    {
        Assert.That(VersionRoute.IsLabel(new string('a', 64)), Is.True);
        Assert.That(VersionRoute.IsLabel(new string('a', 65)), Is.False);
    }

    [Test]
    public void TryParse_AnyText_ReadsBackItself() => Gen.String.Sample(text => VersionRoute.TryParse(text) is not { } route || route.ToString() == text);
}
