using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Cache;
using Inference.Services.Pipelines;
using Inference.Services.Repository;
using Inference.Services.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Services.Tests.Repository;

/// <summary>Wishes that come in another order than they were made in, as those of calls at the same time may.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[CancelAfter(60_000)]
internal sealed class ModelReconcilerTests : IDisposable
{
    private readonly TestEngine _engine = new();
    private readonly LoadQueue _loads = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly ModelReconciler _reconciler;
    private StoredModel _stored = null!;

    public ModelReconcilerTests()
    {
        _engine.Repository.Add("m", 1);
        _engine.Executors.ServeEach("model 'm' version 1", FakeExecutor.Doubling);
        var loader = new VersionLoad(_engine.Repository, (_, _) => Task.FromResult<StoredModel?>(null), new PipelineLoader(_engine.Executors, _engine.Catalogue, TimeProvider.System), _engine.Metrics, TimeProvider.System, NullLogger.Instance);
        _reconciler = new ModelReconciler("m", new ReconcilerContext(_engine.Registry, loader, _loads, _engine.Metrics, NullLogger.Instance, _ => { }, _stop.Token)
        {
            Cache = PipelineCache.OfEverything(TimeProvider.System),
            DemandedLoads = _loads,
        });
    }

    [SetUp]
    public async Task FindAsync() => _stored = (await _engine.Repository.ListAsync(CancellationToken.None)).Single();

    public void Dispose()
    {
        _loads.Close();
        _stop.Dispose();
        _engine.Dispose();
    }

    [Test]
    public async Task Set_EarlierLoadComesLaterWhileOneIsUnderWay_AllGetToTheirRevision(CancellationToken timeout)
    {
        foreach (var revision in new[] { 1, 3, 2 })
            _reconciler.Set(new ModelWish(_stored, IsWanted: true, revision));
        _loads.Open();

        foreach (var revision in new[] { 3, 2, 1 })
            Assert.That(await _reconciler.WaitAsync(revision, timeout), Is.Empty);
    }

    [Test]
    public async Task Set_EarlierUnloadComesLater_ModelStaysLoaded(CancellationToken timeout)
    {
        _loads.Open();
        _reconciler.Set(new ModelWish(_stored, IsWanted: true, 2));
        _reconciler.Set(new ModelWish(_stored, IsWanted: false, 1));
        await _reconciler.WaitUnusedAsync(timeout);

        Assert.That(await _reconciler.WaitAsync(2, timeout), Is.Empty);
        Assert.That(_reconciler.Live.Single().State, Is.EqualTo(PipelineState.Ready));
    }

    [Test]
    public async Task Set_EarlierLoadComesAfterAnUnload_IsToldThatItWasUnloaded(CancellationToken timeout)
    {
        _loads.Open();
        _reconciler.Set(new ModelWish(_stored, IsWanted: false, 2));
        _reconciler.Set(new ModelWish(_stored, IsWanted: true, 1));

        Assert.That((await Assert.ThrowsAsync<InferenceException>(() => _reconciler.WaitAsync(1, timeout)))!.Code, Is.EqualTo(ErrorCode.NotReady));
        Assert.That(_reconciler.Live, Is.Empty);
    }

    [Test]
    public async Task Set_FromStorageAfterCalls_IsTaken(CancellationToken timeout)
    {
        _loads.Open();
        _reconciler.Set(new ModelWish(_stored, IsWanted: false, 7));
        _reconciler.Set(new ModelWish(_stored, IsWanted: true, ModelWish.SameRevision));

        Assert.That(await _reconciler.WaitAsync(7, timeout), Is.Empty);
    }
}
