using System.Collections.Frozen;
using Inference.Domain.Registry;
using Inference.Domain.Routing;
using Inference.Domain.Tests.Registry;

namespace Inference.Domain.Tests.Routing;

internal sealed class VersionRouterTests
{
    [TestCase("1", null, null, ExpectedResult = 1)]
    [TestCase("stable", null, null, ExpectedResult = 1)]
    [TestCase("3", "1", "latest", ExpectedResult = 3)]
    [TestCase("", "1", "latest", ExpectedResult = 1)]
    [TestCase("", "stable", null, ExpectedResult = 1)]
    [TestCase("", "latest", null, ExpectedResult = 2)]
    [TestCase("", null, "latest", ExpectedResult = 2)]
    [TestCase("", null, "3", ExpectedResult = 3)]
    public long Resolve_RequestAndRoutes_GivesTheVersion(string asked, string? modelRoute, string? serverRoute) =>
        VersionRouter.Resolve(Model(modelRoute, ready: [1, 2]), asked, Route(serverRoute)).Key.Version;

    [Test]
    public void Resolve_LatestWhereNoneIsReady_IsTheHighestSoThatTheErrorTellsWhy() =>
        Assert.That(VersionRouter.Resolve(Model("latest", ready: []), "", null).Key.Version, Is.EqualTo(3));

    [Test]
    public void Resolve_NoVersionAndNoRoute_IsRefusedWithWhatThereIs() =>
        Assert.That(
            DomainErrors.Refusal(ErrorCode.VersionRequired, () => VersionRouter.Resolve(Model(null, ready: [1]), "", null)),
            Is.EqualTo("the request for model 'm' names no version and no default route is configured; available versions: 1, 2, 3; labels: 'dead', 'stable'."));

    [TestCase("4")]
    [TestCase("01")]
    [TestCase("latest")]
    [TestCase("canary")]
    [TestCase("dead")]
    [TestCase("1\0")]
    public void Resolve_UnknownVersionOrLabel_IsRefusedWithWhatThereIs(string asked) =>
        Assert.That(
            DomainErrors.Refusal(ErrorCode.VersionNotFound, () => VersionRouter.Resolve(Model("latest", ready: [1]), asked, null)),
            Is.EqualTo($"model 'm' has no version {ErrorText.Quote(asked)}; available versions: 1, 2, 3; labels: 'dead', 'stable'."));

    [TestCase("9", "has no version '9'")]
    [TestCase("canary", "has no version 'canary'")]
    public void Resolve_RouteThatLeadsNowhere_IsRefused(string route, string expected) =>
        Assert.That(DomainErrors.Refusal(ErrorCode.VersionNotFound, () => VersionRouter.Resolve(Model(route, ready: [1]), "", null)), Does.Contain(expected));

    [Test]
    public void Resolve_ModelWithoutVersions_TellsItsProblem()
    {
        var model = new ModelEntry("m", [], FrozenDictionary<string, long>.Empty, null) { Problem = "found folders: 'v1'." };
        Assert.That(
            DomainErrors.Refusal(ErrorCode.VersionNotFound, () => VersionRouter.Resolve(model, "", null)),
            Is.EqualTo("model 'm' has no version to serve. found folders: 'v1'."));
        Assert.That(DomainErrors.Refusal(ErrorCode.VersionNotFound, () => VersionRouter.Resolve(model, "1", null)), Does.Contain("available versions: none"));
    }

    private static VersionRoute? Route(string? text) => text is null ? null : VersionRoute.TryParse(text);

    private static ModelEntry Model(string? route, long[] ready) => new(
        "m",
        [.. new long[] { 1, 2, 3 }.Select(v => Entry(v, ready.Contains(v)))],
        new Dictionary<string, long> { ["stable"] = 1, ["dead"] = 7 }.ToFrozenDictionary(),
        Route(route));

    private static PipelineEntry Entry(long version, bool ready)
    {
        var entry = new PipelineEntry(new PipelineKey("m", version));
        if (!ready)
            return entry;
        entry.Loaded(new PipelineStub().Build());
        entry.Ready();
        return entry;
    }
}
