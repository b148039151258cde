using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Services.Infer;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Repository;

/// <summary>From when to when what an executor does is counted.</summary>
public sealed class ObservationTests
{
    [Test]
    public async Task Load_WithFirstRuns_CountsRequestsOnly()
    {
        using var engine = new TestEngine();
        var executor = FakeExecutor.Doubling();
        engine.Repository.Add("m", [engine.Repository.Version(1, new PipelineManifest { Warmup = new WarmupOptions(3, 1) })]);
        engine.Executors.Serve("model 'm' version 1", executor);
        await engine.LoadAsync();

        using var inputs = TestEngine.Row(1, 2);
        using var response = await engine.Inference.InferAsync(new InferenceRequest { ModelName = "m", Version = "1", Inputs = inputs }, CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That(executor.Runs, Is.EqualTo(4));
            Assert.That(engine.Metrics.Runs, Is.EqualTo(new[] { "m/1 on cpu: 1 rows of 1 requests ok" }));
            Assert.That(engine.Metadata.Statistics("m", "1").Single().Totals.Executions, Is.EqualTo(1));
            Assert.That(engine.Metrics.Queues.Keys, Is.EqualTo(new[] { "m/1 on cpu" }));
        });
    }

    [Test]
    public async Task Unload_Pipeline_WatchesItsQueueNoLonger()
    {
        using var engine = await TestEngine.LoadedAsync();

        await engine.RepositoryService.UnloadAllAsync(CancellationToken.None);

        Assert.That(engine.Metrics.Queues, Is.Empty);
    }

    [Test]
    public async Task Load_GivenUpDuringFirstRuns_WatchesNoQueue()
    {
        using var engine = new TestEngine();
        using var stop = new CancellationTokenSource();
        engine.Repository.Add("m", [engine.Repository.Version(1, new PipelineManifest { Warmup = new WarmupOptions(1, 1) })]);
        engine.Executors.Serve("model 'm' version 1", new FakeExecutor((_, _) =>
        {
            stop.Cancel();
            throw new InferenceException(ErrorCode.Cancelled, "stopped");
        }));
        await engine.RepositoryService.DiscoverAsync(CancellationToken.None);

        Assert.That(() => engine.RepositoryService.LoadDiscoveredAsync(stop.Token), Throws.InstanceOf<OperationCanceledException>());

        Assert.Multiple(() =>
        {
            Assert.That(engine.Registry.Get("m").Versions.Single().State, Is.EqualTo(PipelineState.Unloaded));
            Assert.That(engine.Metrics.Queues, Is.Empty);
        });
    }
}
