using Grpc.Core;
using Inference.Adapters.Protocol;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Health = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>Models loaded and unloaded by call.</summary>
internal sealed class ExplicitModeTests : LifecycleFixture
{
    private static readonly float[] Answer = [3f, 4f];

    public ExplicitModeTests()
    {
        foreach (var model in new[] { "started", "listed", "two", "spoiled", "removed" })
            PutIdentity($"{model}/1");
        ExpectErrorLog("'nowhere'");
    }

    protected override (string Key, string Value)[] Settings =>
        [("Repository:Mode", "explicit"), ("Repository:SettleMilliseconds", "0"), ("Repository:LoadAtStart", "started, nowhere")];

    [Test]
    public async Task Start_LoadAtStart_ServesThoseAlone()
    {
        Assert.That(await IndexAsync("started"), Is.EqualTo("1 READY"));
        Assert.That(await InferAsync("started"), Is.EqualTo(Answer));
        Assert.That((await Server.Client.ServerReadyAsync(new ServerReadyRequest())).Ready, Is.True);
    }

    [Test]
    public void Start_LoadAtStartNamesNoModel_IsAnErrorInTheLog()
    {
        Assert.That(Server.Log.All.Where(e => e.Text.Contains("'nowhere'", StringComparison.Ordinal)).Select(e => (e.Level, e.Text)), Has.Exactly(1).Items
            .And.All.Matches<(LogLevel Level, string Text)>(e => e.Level == LogLevel.Error && e.Text.Contains("Repository:LoadAtStart", StringComparison.Ordinal)));
    }

    [Test]
    public async Task LoadAndUnload_ListedModel_ServesInBetween()
    {
        var before = (await IndexAsync("listed"), await ReadinessAsync("listed"));
        var refused = await FailureAsync(() => InferAsync("listed"));

        await LoadAsync("listed");
        var loaded = (await IndexAsync("listed"), await ReadinessAsync("listed"), await InferAsync("listed"));
        await UnloadAsync("listed");
        var unloaded = (await IndexAsync("listed"), await ReadinessAsync("listed"));

        Assert.That(before, Is.EqualTo(("1 UNAVAILABLE unloaded", (false, Health.NotServing))));
        Assert.That((refused.StatusCode, refused.Status.Detail.Contains("RepositoryModelLoad", StringComparison.Ordinal)), Is.EqualTo((StatusCode.Unavailable, true)));
        Assert.That(loaded, Is.EqualTo(("1 READY", (true, Health.Serving), Answer)));
        Assert.That(unloaded, Is.EqualTo(before));
    }

    [Test]
    public async Task Load_VersionAdded_ServesBoth()
    {
        await LoadAsync("two");
        PutIdentity("two/2");
        var seen = await IndexAsync("two");
        await LoadAsync("two");

        Assert.That((seen, await IndexAsync("two")), Is.EqualTo(("1 READY", "1 READY; 2 READY")));
        Assert.That(await InferAsync("two", "2"), Is.EqualTo(Answer));
    }

    [Test]
    public async Task Load_ContentBecameCorrupt_EarlierServesAndTheReasonIsTold()
    {
        await LoadAsync("spoiled");
        Spoil("spoiled/1");
        var error = await FailureAsync(() => LoadAsync("spoiled"));
        var (index, answer) = (await IndexAsync("spoiled"), await InferAsync("spoiled"));
        Repair("spoiled/1");
        await LoadAsync("spoiled");

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition));
        Assert.That(error.Status.Detail, Does.Contain("spoiled").And.Contain("model.onnx"));
        Assert.That(index, Does.StartWith("1 READY serves its earlier content").And.Contain("model.onnx"));
        Assert.That((answer, await IndexAsync("spoiled")), Is.EqualTo((Answer, "1 READY")));
        ExpectErrorLog("'spoiled'");
    }

    [Test]
    public async Task Unload_ModelGoneFromTheRepository_IsForgotten()
    {
        await LoadAsync("removed");
        Directory.Delete(Path.Combine(Models.Path, "removed"), recursive: true);
        var answer = await InferAsync("removed");
        await UnloadAsync("removed");
        await UntilAsync("removed", string.Empty);

        Assert.That(answer, Is.EqualTo(Answer));
        Assert.That((await FailureAsync(() => InferAsync("removed"))).StatusCode, Is.EqualTo(StatusCode.NotFound));
        Assert.That((await FailureAsync(() => LoadAsync("removed"))).StatusCode, Is.EqualTo(StatusCode.NotFound));
    }

    [TestCase("unknown")]
    [TestCase("")]
    [TestCase("../listed")]
    [TestCase("listed/1")]
    [TestCase("/etc")]
    [TestCase(".")]
    [TestCase("listed\0")]
    public async Task Load_NoSuchModel_IsNotFound(string model)
    {
        Assert.That((await FailureAsync(() => LoadAsync(model))).StatusCode, Is.EqualTo(StatusCode.NotFound));
        Assert.That((await FailureAsync(() => UnloadAsync(model))).StatusCode, Is.EqualTo(StatusCode.NotFound));
    }

    [Test]
    public async Task Load_RepositoryByName_IsRefused()
    {
        var error = await FailureAsync(async () => await Server.Client.RepositoryModelLoadAsync(new RepositoryModelLoadRequest { RepositoryName = "r", ModelName = "listed" }));
        Assert.That((error.StatusCode, error.Status.Detail), Is.EqualTo((StatusCode.InvalidArgument, "repository 'r' is not known; the server has one repository without a name, so leave repository_name empty.")));
    }
}
