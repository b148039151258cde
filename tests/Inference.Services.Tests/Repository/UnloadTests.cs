using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Repository;

public sealed class UnloadTests
{
    [Test]
    public async Task UnloadAll_LeaseHeld_WaitsForItBeforeTheExecutorGoes()
    {
        var executor = FakeExecutor.Doubling();
        using var engine = await TestEngine.LoadedAsync(executor);
        var lease = engine.Routing.Acquire("m", "1");

        var unloading = engine.RepositoryService.UnloadAllAsync(CancellationToken.None);
        var (endedEarly, disposedEarly, state) = (unloading.IsCompleted, executor.Disposals, State(engine));
        lease.Dispose();
        await unloading;

        Assert.Multiple(() =>
        {
            Assert.That((endedEarly, disposedEarly, state), Is.EqualTo((false, 0, PipelineState.Draining)));
            Assert.That((State(engine), executor.Disposals), Is.EqualTo((PipelineState.Unloaded, 1)));
        });
    }

    [Test]
    public async Task UnloadAll_WhileWaiting_TakesNoNewRequests()
    {
        using var engine = await TestEngine.LoadedAsync();
        var lease = engine.Routing.Acquire("m", "1");
        var unloading = engine.RepositoryService.UnloadAllAsync(CancellationToken.None);

        var error = Assert.Throws<InferenceException>(() => engine.Routing.Acquire("m", "1"));
        lease.Dispose();
        await unloading;

        Assert.That(error!.Code, Is.EqualTo(ErrorCode.NotReady));
    }

    [Test]
    public async Task UnloadAll_DeadlinePasses_ReturnsWithTheResourcesKeptAndCanBeCalledAgain()
    {
        var executor = FakeExecutor.Doubling();
        using var engine = await TestEngine.LoadedAsync(executor);
        var lease = engine.Routing.Acquire("m", "1");

        await engine.RepositoryService.UnloadAllAsync(new CancellationToken(canceled: true));
        var (state, disposals) = (State(engine), executor.Disposals);
        lease.Dispose();
        await engine.RepositoryService.UnloadAllAsync(CancellationToken.None);

        Assert.Multiple(() =>
        {
            Assert.That((state, disposals), Is.EqualTo((PipelineState.Draining, 0)));
            Assert.That(engine.Metrics.States.TakeLast(2), Is.EqualTo(new[] { "m/1: Draining", "m/1: Unloaded" }));
            Assert.That((State(engine), executor.Disposals), Is.EqualTo((PipelineState.Unloaded, 1)));
        });
    }

    [Test]
    public async Task UnloadAll_FailedVersions_AreLeftAlone()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("bad", 1).Add("good", 1);
        engine.Executors.Fail("model 'bad' version 1", new InferenceException(ErrorCode.LoadFailed, "no"));
        await engine.LoadAsync();

        await engine.RepositoryService.UnloadAllAsync(CancellationToken.None);

        Assert.That(
            engine.RepositoryService.Index(readyOnly: false).Select(e => e.State),
            Is.EqualTo(new[] { PipelineState.Failed, PipelineState.Unloaded }));
    }

    private static PipelineState State(TestEngine engine) => engine.RepositoryService.Index(readyOnly: false).Single().State;
}
