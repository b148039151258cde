using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Services.Repository;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Repository;

public sealed class RepositoryServiceTests
{
    [Test]
    public async Task Load_GoodAndBadVersions_ServesTheGoodAndTellsWhyOfTheBad()
    {
        using var engine = new TestEngine();
        engine.Repository
            .Add("a-stored-badly", [engine.Repository.Version(1, problem: "pipeline.yaml:3: key 'modle' is not known.")])
            .Add("broken", 1)
            .Add("defect", 1)
            .Add("good", 1, 2)
            .Add("mistaken", 1)
            .Add("void", [], problem: "its folder has no version.");
        engine.Executors.Fail("model 'broken' version 1", new InferenceException(ErrorCode.LoadFailed, "not an ONNX file"));
        engine.Executors.Fail("model 'defect' version 1", new InvalidOperationException("secret path"));
        engine.Executors.Fail("model 'mistaken' version 1", new ManifestException(["pipeline.yaml:1: one.", "pipeline.yaml:2: two."]));

        await engine.LoadAsync();

        Assert.Multiple(() =>
        {
            Assert.That(
                engine.RepositoryService.Index(readyOnly: false),
                Is.EqualTo(new[]
                {
                    new IndexEntry("a-stored-badly", "1", PipelineState.Failed, "pipeline.yaml:3: key 'modle' is not known."),
                    new IndexEntry("broken", "1", PipelineState.Failed, "not an ONNX file"),
                    new IndexEntry("defect", "1", PipelineState.Failed, "the server failed while it was loading; its log has the details."),
                    new IndexEntry("good", "1", PipelineState.Ready, string.Empty),
                    new IndexEntry("good", "2", PipelineState.Ready, string.Empty),
                    new IndexEntry("mistaken", "1", PipelineState.Failed, "pipeline.yaml:1: one. pipeline.yaml:2: two."),
                    new IndexEntry("void", string.Empty, PipelineState.Failed, "its folder has no version."),
                }));
            Assert.That(engine.RepositoryService.Index(readyOnly: true).Select(e => (e.Name, e.Version)), Is.EqualTo(new[] { ("good", "1"), ("good", "2") }));
            Assert.That(
                engine.Metrics.Loads.Order(StringComparer.Ordinal),
                Is.EqualTo(new[] { "a-stored-badly/1: failed", "broken/1: failed", "defect/1: failed", "good/1: ok", "good/2: ok", "mistaken/1: failed" }));
        });
    }

    [Test]
    public async Task Load_OneVersion_ReportsEachStateInOrder()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", 1);
        var events = new List<PipelineState>();
        engine.RepositoryService.StateChanged += e => events.Add(e.State);

        await engine.LoadAsync();
        await engine.RepositoryService.UnloadAllAsync(CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(engine.Metrics.States, Is.EqualTo(new[] { "m/1: Loading", "m/1: WarmingUp", "m/1: Ready", "m/1: Unloaded" }));
            Assert.That(events, Has.Count.EqualTo(engine.Metrics.States.Count));
        });
    }

    [Test]
    public async Task Discover_StorageUnreadable_Throws()
    {
        using var engine = new TestEngine();
        engine.Repository.ListError = new InferenceException(ErrorCode.LoadFailed, "no such folder");

        var error = await Assert.ThrowsAsync<InferenceException>(() => engine.RepositoryService.DiscoverAsync(CancellationToken.None));

        Assert.That(error!.Message, Is.EqualTo("no such folder"));
    }

    [Test]
    public async Task Discover_BeforeLoading_ListsEverythingAsLoading()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", 1, 2);

        await engine.RepositoryService.DiscoverAsync(CancellationToken.None);

        Assert.That(engine.RepositoryService.Index(readyOnly: false).Select(e => e.State), Is.EqualTo(new[] { PipelineState.Loading, PipelineState.Loading }));
    }

    [Test]
    public async Task Load_HundredsOfVersions_AllServe()
    {
        using var engine = new TestEngine(loadThreads: 8);
        for (var i = 0; i < 300; i++)
            engine.Repository.Add($"m{i}", 1);

        await engine.LoadAsync();

        Assert.That(engine.RepositoryService.Index(readyOnly: true), Has.Count.EqualTo(300));
    }

    [Test]
    public async Task Load_Cancelled_EndsAndLeavesNoneHalfServed()
    {
        using var cancellation = new CancellationTokenSource();
        using var engine = new TestEngine(loadThreads: 1);
        engine.Repository.Add("m", 1, 2, 3);
        await engine.RepositoryService.DiscoverAsync(CancellationToken.None);
        engine.RepositoryService.StateChanged += e =>
        {
            if (e.State == PipelineState.Ready)
                cancellation.Cancel();
        };

        await Assert.CatchAsync<OperationCanceledException>(() => engine.RepositoryService.LoadDiscoveredAsync(cancellation.Token));

        Assert.That(
            engine.RepositoryService.Index(readyOnly: false).Select(e => e.State),
            Is.EqualTo(new[] { PipelineState.Ready, PipelineState.Loading, PipelineState.Loading }));
    }
}
