using Inference.Core.Configuration;
using Inference.Core.Lifecycle;
using Inference.Domain;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;
using Inference.Services.Lifecycle;
using Inference.Services.Tests.Fakes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Services.Tests.Lifecycle;

public sealed class ServingLifetimeTests
{
    [Test]
    [CancelAfter(120_000)]
    public async Task Start_GoodRepository_IsRunningOnceEverythingIsLoaded(CancellationToken timeout)
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", 1);
        using var host = new FakeLifetime();
        using var lifetime = Lifetime(engine, host);
        var running = Reached(engine, ServerPhase.Running);

        await lifetime.StartingAsync(timeout);
        var listed = engine.RepositoryService.Index(readyOnly: false).Single().State;
        await lifetime.StartedAsync(timeout);
        await running.WaitAsync(timeout);

        Assert.Multiple(() =>
        {
            Assert.That(listed, Is.EqualTo(PipelineState.Loading));
            Assert.That(engine.RepositoryService.Index(readyOnly: true), Has.Count.EqualTo(1));
            Assert.That(host.Stopped, Is.False);
        });
    }

    [Test]
    public async Task Starting_RepositoryUnreadable_FailsTheStart()
    {
        using var engine = new TestEngine();
        engine.Repository.ListError = new InferenceException(ErrorCode.LoadFailed, "no such folder");
        using var host = new FakeLifetime();
        using var lifetime = Lifetime(engine, host);

        await Assert.ThrowsAsync<InferenceException>(() => lifetime.StartingAsync(CancellationToken.None));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Stop_RequestUnderWay_DrainsBeforeItUnloads(CancellationToken timeout)
    {
        using var engine = await TestEngine.LoadedAsync();
        using var host = new FakeLifetime();
        using var lifetime = Lifetime(engine, host);
        var phases = new List<ServerPhase>();
        engine.Lifecycle.PhaseChanged += phases.Add;
        engine.Lifecycle.Advance(ServerPhase.Running);
        engine.Lifecycle.TryEnter();
        var draining = Reached(engine, ServerPhase.Draining);

        var stopping = lifetime.StoppingAsync(timeout);
        await draining.WaitAsync(timeout);
        var (endedEarly, takesRequests) = (stopping.IsCompleted, engine.Lifecycle.TakesRequests);
        engine.Lifecycle.Leave();
        await stopping.WaitAsync(timeout);
        var stateBeforeStopped = engine.RepositoryService.Index(readyOnly: false).Single().State;
        await lifetime.StopAsync(timeout);
        await lifetime.StoppedAsync(timeout);

        Assert.Multiple(() =>
        {
            Assert.That((endedEarly, takesRequests), Is.EqualTo((false, false)));
            Assert.That(stateBeforeStopped, Is.EqualTo(PipelineState.Ready));
            Assert.That(engine.RepositoryService.Index(readyOnly: false).Single().State, Is.EqualTo(PipelineState.Unloaded));
            Assert.That(phases, Is.EqualTo(new[] { ServerPhase.Running, ServerPhase.Grace, ServerPhase.Draining, ServerPhase.Stopped }));
        });
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Stop_RequestNeverEnds_GivesUpAtTheDeadline(CancellationToken timeout)
    {
        using var engine = await TestEngine.LoadedAsync();
        using var host = new FakeLifetime();
        using var lifetime = Lifetime(engine, host, drainSeconds: 0.05);
        engine.Lifecycle.TryEnter();

        await lifetime.StoppingAsync(CancellationToken.None).WaitAsync(timeout);

        Assert.That((engine.Lifecycle.Phase, engine.Lifecycle.InFlight), Is.EqualTo((ServerPhase.Draining, 1)));
        Assert.That(engine.Lifecycle.CutOff.WaitHandle.WaitOne(TimeSpan.FromSeconds(20)), Is.True, "calls are cut off");
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Stop_LoadNeverEnds_WaitsOnlyAsLongAsTheHost(CancellationToken timeout)
    {
        using var engine = new TestEngine();
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource<TensorSet>());
        engine.Repository.Add("m", [engine.Repository.Version(1, new PipelineManifest())]);
        engine.Executors.Serve("model 'm' version 1", new FakeExecutor((_, _) =>
        {
            entered.TrySetResult();
            return new ValueTask<TensorSet>(release.Task);
        }));
        using var host = new FakeLifetime();
        using var lifetime = Lifetime(engine, host);
        await lifetime.StartingAsync(timeout);
        await lifetime.StartedAsync(timeout);
        await entered.Task.WaitAsync(timeout);
        await lifetime.StoppingAsync(timeout);

        using var patience = new CancellationTokenSource();
        var stop = lifetime.StopAsync(patience.Token);
        var endedEarly = stop.IsCompleted;
        await patience.CancelAsync();
        await stop.WaitAsync(timeout);
        await lifetime.StoppedAsync(timeout).WaitAsync(timeout);
        release.SetResult(new TensorSet());
        await lifetime.StopAsync(timeout);

        Assert.That((endedEarly, engine.Lifecycle.Phase), Is.EqualTo((false, ServerPhase.Stopped)));
        Assert.That(engine.RepositoryService.Index(readyOnly: false).Single().State, Is.EqualTo(PipelineState.Unloaded));
    }

    [Test]
    [CancelAfter(120_000)]
    public async Task Stop_NothingUnderWay_CutsOffWhatIsOpenSoonButNotAtOnce(CancellationToken timeout)
    {
        using var engine = await TestEngine.LoadedAsync();
        using var host = new FakeLifetime();
        using var lifetime = Lifetime(engine, host);

        var start = TimeProvider.System.GetTimestamp();
        await lifetime.StoppingAsync(timeout);

        Assert.That(engine.Lifecycle.CutOff.WaitHandle.WaitOne(TimeSpan.FromSeconds(20)), Is.True);
        Assert.That(TimeProvider.System.GetElapsedTime(start).TotalSeconds, Is.InRange(0.9, 15));
    }

    private static ServingLifetime Lifetime(TestEngine engine, FakeLifetime host, double drainSeconds = 30, IClientDeparture[]? departures = null) => new(
        engine.RepositoryService,
        engine.Lifecycle,
        departures ?? [],
        new ShutdownOptions { GraceSeconds = 0, DrainSeconds = drainSeconds },
        host,
        TimeProvider.System,
        NullLogger<ServingLifetime>.Instance);

    [Test]
    [CancelAfter(30_000)]
    public async Task Stop_ClientsAreSentAway_BeforeRequestsAreRefused(CancellationToken timeout)
    {
        using var engine = await TestEngine.LoadedAsync();
        using var host = new FakeLifetime();
        var departure = new FakeDeparture();
        using var lifetime = Lifetime(engine, host, departures: [departure]);

        var stop = lifetime.StoppingAsync(timeout);
        await departure.Asked.Task.WaitAsync(timeout);
        Assert.That((engine.Lifecycle.Phase, engine.Lifecycle.TakesRequests), Is.EqualTo((ServerPhase.Grace, true)));

        departure.Gone.SetResult();
        await stop.WaitAsync(timeout);
        Assert.That(engine.Lifecycle.TakesRequests, Is.False);
    }

    [Test]
    [CancelAfter(30_000)]
    public async Task Stop_ClientsThatStay_AreGivenTheTimeToDrainAndNoMore(CancellationToken timeout)
    {
        using var engine = await TestEngine.LoadedAsync();
        using var host = new FakeLifetime();
        using var lifetime = Lifetime(engine, host, drainSeconds: 0.1, [new FakeDeparture()]);

        await lifetime.StoppingAsync(timeout).WaitAsync(timeout);

        Assert.That(engine.Lifecycle.Phase, Is.EqualTo(ServerPhase.Draining));
    }

    private static Task Reached(TestEngine engine, ServerPhase phase)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Lifecycle.PhaseChanged += now =>
        {
            if (now == phase)
                reached.TrySetResult();
        };
        return reached.Task;
    }

    private sealed class FakeLifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public bool Stopped => _stopping.IsCancellationRequested;

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }

    private sealed class FakeDeparture : IClientDeparture
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task SendAwayAsync(CancellationToken cancellation)
        {
            Asked.SetResult();
            return Task.WhenAny(Gone.Task, Task.Delay(Timeout.Infinite, cancellation));
        }
    }
}
