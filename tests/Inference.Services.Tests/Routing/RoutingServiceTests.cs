using Inference.Domain;
using Inference.Domain.Routing;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Routing;

public sealed class RoutingServiceTests
{
    [Test]
    public async Task Acquire_ByVersionOrLabel_LeasesThatPipeline()
    {
        using var engine = await LoadedAsync();

        using var byVersion = engine.Routing.Acquire("m", "1");
        using var byLabel = engine.Routing.Acquire("m", "stable");

        Assert.That((byVersion.Pipeline.Key.Version, byLabel.Pipeline.Key.Version), Is.EqualTo((1L, 2L)));
    }

    [Test]
    public async Task Acquire_NoVersion_GoesTheModelsWayBeforeTheServers()
    {
        using var engine = await LoadedAsync(VersionRoute.Latest);
        engine.Repository.Add("pinned", [engine.Repository.Version(1), engine.Repository.Version(2)], route: VersionRoute.TryParse("1"));
        await engine.LoadAsync();

        using var pinned = engine.Routing.Acquire("pinned", string.Empty);
        using var latest = engine.Routing.Acquire("m", string.Empty);

        Assert.That((pinned.Pipeline.Key.Version, latest.Pipeline.Key.Version), Is.EqualTo((1L, 3L)));
    }

    [TestCase("", "available versions: 1, 2, 3; labels: 'stable'")]
    [TestCase("4", "no version '4'")]
    [TestCase("canary", "no version 'canary'")]
    [TestCase("01", "no version '01'")]
    public async Task Acquire_NoSuchVersion_ListsWhatThereIs(string version, string expected)
    {
        using var engine = await LoadedAsync();

        var error = Assert.Throws<InferenceException>(() => engine.Routing.Acquire("m", version));

        Assert.That(error!.Message, Does.Contain(expected).And.Contain("available versions: 1, 2, 3"));
    }

    [Test]
    public async Task Acquire_FailedVersion_TellsTheReason()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", 1);
        engine.Executors.Fail("model 'm' version 1", new InferenceException(ErrorCode.LoadFailed, "not an ONNX file"));
        await engine.LoadAsync();

        var error = Assert.Throws<InferenceException>(() => engine.Routing.Acquire("m", "1"));

        Assert.Multiple(() =>
        {
            Assert.That(error!.Code, Is.EqualTo(ErrorCode.LoadFailed));
            Assert.That(error.Message, Is.EqualTo("model 'm' version 1 failed to load: not an ONNX file"));
        });
    }

    [Test]
    public async Task Acquire_StillLoading_IsNotReady()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", 1);
        await engine.RepositoryService.DiscoverAsync(CancellationToken.None);

        var error = Assert.Throws<InferenceException>(() => engine.Routing.Acquire("m", "1"));

        Assert.Multiple(() =>
        {
            Assert.That(error!.Code, Is.EqualTo(ErrorCode.NotReady));
            Assert.That(error.Message, Does.Contain("Loading"));
        });
    }

    private static async Task<TestEngine> LoadedAsync(VersionRoute? defaultRoute = null)
    {
        var engine = new TestEngine(defaultRoute: defaultRoute);
        engine.Repository.Add(
            "m", [engine.Repository.Version(1), engine.Repository.Version(2), engine.Repository.Version(3)], labels: new Dictionary<string, long> { ["stable"] = 2 });
        await engine.LoadAsync();
        return engine;
    }
}
