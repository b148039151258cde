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
    public async Task Load_VeryLongProblems_AreToldBounded()
    {
        using var engine = new TestEngine();
        var text = new string('x', 1_000_000) + "\n";
        engine.Repository.Add("a", [engine.Repository.Version(1, problem: text)], problem: text).Add("b", [], problem: text).Add("c", 1);
        engine.Executors.Fail("model 'c' version 1", new ManifestException([text]));

        await engine.LoadAsync();

        Assert.That(engine.RepositoryService.Index(readyOnly: false).Select(e => e.Reason.Length), Is.All.EqualTo(ErrorText.MaxReasonLength + 1));
        Assert.That(engine.Registry.Models.Select(m => m.Problem.Length), Is.EqualTo(new[] { ErrorText.MaxReasonLength + 1, ErrorText.MaxReasonLength + 1, 0 }));
    }

    [Test]
    public async Task Discover_ModelWithoutVersions_IsAFailedState()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("void", [], problem: "its folder has no version.");

        await engine.RepositoryService.DiscoverAsync(CancellationToken.None);

        Assert.That(engine.Metrics.States, Is.EqualTo(new[] { "void/: Failed" }));
    }

    [TestCase(true)]
    [TestCase(false)]
    [CancelAfter(120_000)]
    public async Task Load_CancelledDuringWarmup_IsGivenUpAndNotAFailure(bool asDomainError, CancellationToken timeout)
    {
        using var cancellation = new CancellationTokenSource();
        using var engine = new TestEngine(loadThreads: 1);
        var executor = new FakeExecutor(async (_, context) =>
        {
            await cancellation.CancelAsync();
            throw asDomainError ? new InferenceException(ErrorCode.Cancelled, "cancelled") : new OperationCanceledException(context.Cancellation);
        });
        engine.Repository.Add("m", [engine.Repository.Version(1, new PipelineManifest())]);
        engine.Executors.Serve("model 'm' version 1", executor);
        await engine.RepositoryService.DiscoverAsync(timeout);

        await Assert.CatchAsync<OperationCanceledException>(() => engine.RepositoryService.LoadDiscoveredAsync(cancellation.Token));

        Assert.Multiple(() =>
        {
            Assert.That(engine.RepositoryService.Index(readyOnly: false), Is.EqualTo(new[] { new IndexEntry("m", "1", PipelineState.Unloaded, string.Empty) }));
            Assert.That(engine.Metrics.States.Last(), Is.EqualTo("m/1: Unloaded"));
            Assert.That((engine.Metrics.Loads.Count, executor.Disposals), Is.EqualTo((0, 1)));
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
            Is.EqualTo(new[] { PipelineState.Ready, PipelineState.Unloaded, PipelineState.Unloaded }));
    }
}
