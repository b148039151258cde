using Inference.Core.Configuration;
using Inference.Core.Lifecycle;
using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Domain.Routing;
using Inference.Services.Infer;
using Inference.Services.Tests.Fakes;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Services.Tests.Cache;

/// <summary>Models that their first request loads.</summary>
[CancelAfter(60_000)]
internal sealed class LazyLoadingTests
{
    private const string M1 = "model 'm' version 1";
    private static readonly CacheOptions Lazy = new() { Loading = "lazy" };

    [Test]
    public async Task Load_LazyModel_IsKnownAndServableButNotInMemory()
    {
        using var engine = await StartAsync();

        Assert.Multiple(() =>
        {
            Assert.That(engine.Executors.Loads, Is.Empty);
            Assert.That(engine.Registry.Get("m").Find(1)!.State, Is.EqualTo(PipelineState.Dormant));
            Assert.That(engine.Health.IsModelReady("m", "1"), Is.True);
            Assert.That(engine.RepositoryService.Index(readyOnly: true).Single(), Has.Property("State").EqualTo(PipelineState.Dormant).And.Property("IsServable").True);
            Assert.That(engine.Metadata.Statistics("m", "1").Single().Totals.Success.Count, Is.Zero);
            Assert.That(engine.Metrics.States, Is.Empty);
        });
    }

    [Test]
    public async Task Infer_ManyFirstRequestsAtOnce_LoadOnceAndAllAreAnswered(CancellationToken timeout)
    {
        using var engine = await StartAsync();
        var gate = engine.Executors.ServeGated(M1, FakeExecutor.Doubling());

        var calls = Enumerable.Range(0, 50).Select(_ => InferAsync(engine, cancellation: timeout)).ToList();
        await gate.Entered.WaitAsync(timeout);
        Assert.That(engine.Health.IsModelReady("m", "1"), Is.True, "while it is being loaded");
        gate.Open();

        Assert.That(await Task.WhenAll(calls), Is.All.EqualTo(2));
        Assert.That((engine.Executors.Loads.Count, engine.CacheMetrics.Misses), Is.EqualTo((1, 50)));
        Assert.That(await InferAsync(engine, cancellation: timeout), Is.EqualTo(2));
        Assert.That(engine.CacheMetrics.Misses, Is.EqualTo(50));
    }

    [Test]
    public async Task Infer_CallerGivesUp_LoadGoesOn(CancellationToken timeout)
    {
        using var engine = await StartAsync();
        var gate = engine.Executors.ServeGated(M1, FakeExecutor.Doubling());
        using var impatience = new CancellationTokenSource();

        var call = InferAsync(engine, cancellation: impatience.Token);
        await gate.Entered.WaitAsync(timeout);
        await impatience.CancelAsync();
        Assert.That(async () => await call, Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.Cancelled));
        gate.Open();

        Assert.That(await InferAsync(engine, cancellation: timeout), Is.EqualTo(2));
        Assert.That(engine.Executors.Loads, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Infer_DeadlinePassesWhileLoading_SaysSo(CancellationToken timeout)
    {
        var time = new FakeTimeProvider();
        using var engine = await StartAsync(time: time);
        var gate = engine.Executors.ServeGated(M1, FakeExecutor.Doubling());

        var call = InferAsync(engine, deadline: time.GetUtcNow().UtcDateTime.AddSeconds(1), cancellation: timeout);
        await gate.Entered.WaitAsync(timeout);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.That(async () => await call, Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.DeadlineExceeded).And.Message.Contain("the load goes on"));
        gate.Open();
        Assert.That(await InferAsync(engine, cancellation: timeout), Is.EqualTo(2));
    }

    [Test]
    public async Task Infer_LoadFails_AllWaitersGetTheReasonAndItIsTriedAgainOnlyLater(CancellationToken timeout)
    {
        var time = new FakeTimeProvider();
        using var engine = await StartAsync(time: time);
        engine.Executors.Fail(M1, new InferenceException(ErrorCode.LoadFailed, "it is damaged."));

        var calls = Enumerable.Range(0, 10).Select(_ => InferAsync(engine, cancellation: timeout)).ToList();
        foreach (var call in calls)
            Assert.That(async () => await call, Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.LoadFailed).And.Message.Contain("it is damaged"));
        var loads = engine.Executors.Loads.Count;
        Assert.That(async () => await InferAsync(engine, cancellation: timeout), Throws.TypeOf<InferenceException>().With.Message.Contain("it is damaged"));
        Assert.That(engine.Executors.Loads, Has.Count.EqualTo(loads), "no second try at once");
        Assert.That(engine.RepositoryService.Index(readyOnly: false).Single().State, Is.EqualTo(PipelineState.Failed));
        Assert.That(engine.Health.IsModelReady("m", "1"), Is.False);

        engine.Executors.ServeEach(M1, FakeExecutor.Doubling);
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.That(await InferAsync(engine, cancellation: timeout), Is.EqualTo(2));
    }

    [Test]
    public async Task Infer_LatestFailsToLoad_AnOlderVersionAnswers(CancellationToken timeout)
    {
        using var engine = await StartAsync(engine => engine.Repository.Add("m", [engine.Repository.Version(1), engine.Repository.Version(2)], VersionRoute.Latest));
        engine.Executors.Fail("model 'm' version 2", new InferenceException(ErrorCode.LoadFailed, "it is damaged."));

        Assert.That(await InferAsync(engine, version: string.Empty, cancellation: timeout), Is.EqualTo(2));
        Assert.That(engine.Registry.Get("m").Versions.Select(v => v.State), Is.EqualTo(new[] { PipelineState.Ready, PipelineState.Failed }));
    }

    [Test]
    public async Task Infer_TooManyWait_OneMoreIsRefused(CancellationToken timeout)
    {
        using var engine = await StartAsync(cache: Lazy with { MaxWaitingRequests = 2 });
        var gate = engine.Executors.ServeGated(M1, FakeExecutor.Doubling());
        var waiting = Enumerable.Range(0, 2).Select(_ => InferAsync(engine, cancellation: timeout)).ToList();
        await gate.Entered.WaitAsync(timeout);

        Assert.That(async () => await InferAsync(engine, cancellation: timeout), Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.Overloaded).And.Message.Contain("Cache:MaxWaitingRequests"));
        gate.Open();

        Assert.That(await Task.WhenAll(waiting), Is.All.EqualTo(2));
        Assert.That(engine.CacheMetrics.Refusals, Is.EqualTo(new[] { "waiting" }));
    }

    [Test]
    public async Task Describe_NeverLoaded_LoadsIt()
    {
        using var engine = await StartAsync();

        var metadata = await engine.Metadata.DescribeAsync("m", "1", CancellationToken.None);

        Assert.That(metadata.Inputs.Single().Describe(), Is.EqualTo("FP32[-1,2]"));
        Assert.That(metadata.ReadyVersions, Is.EqualTo(new[] { "1" }));
    }

    [Test]
    public async Task Load_ManifestSaysEager_GoesBeforeTheServersWay()
    {
        using var engine = await StartAsync(engine =>
        {
            engine.Repository.Add("m", 1).Add("eager", 1);
            engine.Repository.Change("eager", m => m with { Manifest = m.Manifest with { IsLazy = false } });
        });

        Assert.That(engine.Registry.Models.Select(m => m.Versions[0].State), Is.EqualTo(new[] { PipelineState.Ready, PipelineState.Dormant }));
    }

    [Test]
    public async Task Unload_FirstLoadIsUnderWay_WaitersAreToldAndNothingStays(CancellationToken timeout)
    {
        using var engine = await StartAsync(mode: "explicit");
        var gate = engine.Executors.ServeGated(M1, FakeExecutor.Doubling());
        var call = InferAsync(engine, cancellation: timeout);
        await gate.Entered.WaitAsync(timeout);

        var unload = engine.RepositoryService.UnloadAsync("m", timeout);
        gate.Open();
        await unload;

        Assert.That(async () => await call, Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.NotReady));
        Assert.That(engine.CacheMetrics.Held.Pipelines, Is.Zero);
    }

    [Test]
    public async Task LoadByCall_LazyModel_IsInMemoryWhenTheCallEnds(CancellationToken timeout)
    {
        using var engine = await StartAsync(mode: "explicit", loadAtStart: string.Empty);

        await engine.RepositoryService.LoadAsync("m", timeout);

        Assert.That(engine.Registry.Get("m").Find(1)!.State, Is.EqualTo(PipelineState.Ready));
    }

    [Test]
    public async Task UnloadAll_FirstLoadIsUnderWay_WaitersAreToldThatTheServerStops(CancellationToken timeout)
    {
        using var engine = await StartAsync();
        var gate = engine.Executors.ServeGated(M1, FakeExecutor.Doubling());
        var call = InferAsync(engine, cancellation: timeout);
        await gate.Entered.WaitAsync(timeout);

        var unload = engine.RepositoryService.UnloadAllAsync(timeout);
        gate.Open();
        await unload;

        Assert.That(async () => await call, Throws.TypeOf<InferenceException>().With.Property("Code").EqualTo(ErrorCode.ShuttingDown));
        Assert.That(async () => await InferAsync(engine, cancellation: timeout), Throws.TypeOf<InferenceException>());
    }

    private static async Task<TestEngine> StartAsync(
        Action<TestEngine>? add = null, CacheOptions? cache = null, TimeProvider? time = null, string mode = "none", string loadAtStart = "*")
    {
        var repository = new RepositoryOptions { Mode = mode, LoadAtStart = mode == "explicit" ? loadAtStart : string.Empty };
        var engine = new TestEngine(time: time, repository: repository, cache: cache ?? Lazy);
        (add ?? (e => e.Repository.Add("m", 1)))(engine);
        await engine.LoadAsync();
        engine.Lifecycle.Advance(ServerPhase.Running);
        return engine;
    }

    private static async Task<float> InferAsync(TestEngine engine, string version = "1", DateTime? deadline = null, CancellationToken cancellation = default)
    {
        using var inputs = TestEngine.Row(1, 2);
        using var response = await engine.Inference.InferAsync(new InferenceRequest { ModelName = "m", Version = version, Inputs = inputs, DeadlineUtc = deadline }, cancellation);
        return response.Outputs.Get("y").AsSpan<float>()[0];
    }
}
