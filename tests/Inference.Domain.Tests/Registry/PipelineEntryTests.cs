using Inference.Domain.Registry;

namespace Inference.Domain.Tests.Registry;

internal sealed class PipelineEntryTests
{
    [Test]
    public async Task Life_FromLoadingToUnloaded_TakesLeasesOnlyWhileReady()
    {
        var (entry, executor) = (Entry(), new PipelineStub());
        Assert.That((entry.State, entry.TryAcquire(out _)), Is.EqualTo((PipelineState.Loading, false)));
        entry.Loaded(executor.Build());
        Assert.That((entry.State, entry.TryAcquire(out _)), Is.EqualTo((PipelineState.WarmingUp, false)));
        entry.Ready();
        Assert.That(entry.TryAcquire(out var lease), Is.True);
        Assert.That((lease.Entry, lease.Pipeline), Is.EqualTo((entry, entry.Pipeline)));
        lease.Dispose();
        await entry.UnloadAsync(CancellationToken.None);
        Assert.That((entry.State, entry.Pipeline, executor.IsDisposed, entry.TryAcquire(out _)), Is.EqualTo((PipelineState.Unloaded, (Domain.Pipelines.Pipeline?)null, true, false)));
    }

    [Test]
    public void Fail_WhileLoading_KeepsTheReason()
    {
        var entry = Entry();
        entry.Fail("no such file");
        Assert.That(entry.Snapshot, Is.EqualTo((PipelineState.Failed, "no such file")));
        Assert.That((entry.State, entry.Reason), Is.EqualTo((PipelineState.Failed, "no such file")));
        Assert.That(entry.TryAcquire(out _), Is.False);
    }

    [Test]
    public void Fail_WhileWarmingUp_LetsGoOfThePipeline()
    {
        var entry = Entry();
        entry.Loaded(new PipelineStub().Build());
        entry.Fail("the first run failed");
        Assert.That(entry.Pipeline, Is.Null);
    }

    [Test]
    public void Ready_WithoutAPipeline_IsRefused() =>
        Assert.That(Assert.Throws<InvalidOperationException>(Entry().Ready)!.Message, Is.EqualTo("m/1 cannot go from Loading to Ready."));

    [Test]
    public async Task UnloadAsync_WhileLeased_WaitsForTheLastLease()
    {
        var (entry, executor) = Ready();
        Assert.That(entry.TryAcquire(out var first) && entry.TryAcquire(out _), Is.True);
        entry.TryAcquire(out var third);
        var unload = entry.UnloadAsync(CancellationToken.None);
        first.Dispose();
        third.Dispose();
        Assert.That((unload.IsCompleted, entry.State, executor.IsDisposed, entry.TryAcquire(out _)), Is.EqualTo((false, PipelineState.Draining, false, false)));
        third.Dispose();
        await unload;
        Assert.That((entry.State, executor.IsDisposed), Is.EqualTo((PipelineState.Unloaded, true)));
    }

    [Test]
    public async Task UnloadAsync_GivenUp_StaysDrainingAndCanBeCalledAgain()
    {
        var (entry, executor) = Ready();
        entry.TryAcquire(out var lease);
        Assert.That(async () => await entry.UnloadAsync(new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That((entry.State, executor.IsDisposed), Is.EqualTo((PipelineState.Draining, false)));
        lease.Dispose();
        await entry.UnloadAsync(CancellationToken.None);
        Assert.That((entry.State, executor.IsDisposed), Is.EqualTo((PipelineState.Unloaded, true)));
    }

    [Test]
    public async Task UnloadAsync_DisposalTakesLong_EndsWithTheCallersPatienceAndCanBeWaitedForAgain()
    {
        var (entry, executor) = Ready();
        executor.Disposal = new TaskCompletionSource();
        using var patience = new CancellationTokenSource();
        var unload = entry.UnloadAsync(patience.Token);
        Assert.That((unload.IsCompleted, entry.State, executor.IsDisposed), Is.EqualTo((false, PipelineState.Draining, true)));
        await patience.CancelAsync();
        Assert.That(async () => await unload, Throws.InstanceOf<OperationCanceledException>());
        var again = entry.UnloadAsync(CancellationToken.None);
        Assert.That((again.IsCompleted, entry.State), Is.EqualTo((false, PipelineState.Draining)));
        executor.Disposal.SetResult();
        await again.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That(entry.State, Is.EqualTo(PipelineState.Unloaded));
    }

    [Test]
    public void Abandon_WhileWarmingUp_IsUnloadedWithoutAReason()
    {
        var entry = Entry();
        entry.Loaded(new PipelineStub().Build());
        entry.Abandon();
        Assert.That((entry.Snapshot, entry.Pipeline), Is.EqualTo(((PipelineState.Unloaded, string.Empty), (Domain.Pipelines.Pipeline?)null)));
    }

    [Test]
    public void Dispose_OfNoLease_DoesNothing() => Assert.That(() => default(PipelineLease).Dispose(), Throws.Nothing);

    [Test]
    public async Task UnloadAsync_AgainstManyThatAcquire_NeverDisposesOfALeasedPipeline()
    {
        for (var round = 0; round < 200; round++)
        {
            var (entry, executor) = Ready();
            using var start = new ManualResetEventSlim();
            var acquired = 0;
            var users = Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.Wait();
                    while (entry.TryAcquire(out var lease))
                    {
                        if (executor.IsDisposed)
                            throw new InvalidOperationException("a leased pipeline is disposed of");
                        Interlocked.Increment(ref acquired);
                        Thread.SpinWait(20);
                        if (executor.IsDisposed)
                            throw new InvalidOperationException("a pipeline is disposed of under a lease");
                        lease.Dispose();
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)).ToList();
            start.Set();
            SpinWait.SpinUntil(() => Volatile.Read(ref acquired) > 20);
            await entry.UnloadAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
            await Task.WhenAll(users).WaitAsync(TimeSpan.FromSeconds(30));
            Assert.That((entry.State, executor.IsDisposed), Is.EqualTo((PipelineState.Unloaded, true)));
        }
    }

    private static PipelineEntry Entry() => new(new PipelineKey("m", 1));

    private static (PipelineEntry Entry, PipelineStub Executor) Ready()
    {
        var (entry, executor) = (Entry(), new PipelineStub());
        entry.Loaded(executor.Build());
        entry.Ready();
        return (entry, executor);
    }
}
