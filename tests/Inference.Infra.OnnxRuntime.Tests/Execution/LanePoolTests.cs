using Inference.Domain.Execution;
using Inference.Infra.OnnxRuntime.Devices;
using Inference.Infra.OnnxRuntime.Execution;
using Inference.Infra.OnnxRuntime.Tests.Devices;

namespace Inference.Infra.OnnxRuntime.Tests.Execution;

[TestFixture]
internal sealed class LanePoolTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Test]
    public async Task Signal_SourceHasARun_ItRunsOnADeviceThread()
    {
        await using var fixture = new PoolFixture();
        var run = fixture.Add();
        Assert.That(fixture.Pool.Signal(), Is.True);
        await run.Done;
        Assert.Multiple(() =>
        {
            Assert.That((run.Executed, run.Completed), Is.EqualTo((1, 1)));
            Assert.That(run.Thread!.Name, Does.StartWith("infer test "));
            Assert.That(run.Lane, Is.SameAs(fixture.Lanes.Single()));
        });
    }

    [Test]
    public async Task Signal_SourceHasNothing_LaterRunsAreAskedFor()
    {
        await using var fixture = new PoolFixture();
        using var asked = new SemaphoreSlim(0);
        fixture.DuringNext = () => asked.Release();
        fixture.Pool.Signal();
        Assert.That(await asked.WaitAsync(Long), Is.True);
        var run = fixture.Add();
        fixture.Pool.Signal();
        await run.Done;
        Assert.That(fixture.Lanes, Has.Count.EqualTo(1), "a lane is made when there is something to run");
    }

    [Test]
    public void Signal_NoSourceYet_NothingHappens()
    {
        using var device = new Device("test", 1, true, TimeProvider.System);
        var pool = new LanePool(new ExecutorInfo("test", 1), 1, device, () => new StubLane(), () => { });
        Assert.That(pool.Signal(), Is.True);
        Assert.That(pool.DisposeAsync().AsTask().Wait(Long), Is.True);
    }

    [Test]
    public async Task Signal_DeviceHasStopped_False()
    {
        await using var fixture = new PoolFixture();
        fixture.Device.Dispose();
        var run = fixture.Add();
        Assert.That(fixture.Pool.Signal(), Is.False);
        Assert.That(run.Executed, Is.Zero);
    }

    [Test]
    public async Task Complete_AfterTheRun_TheLaneIsFree()
    {
        await using var fixture = new PoolFixture();
        var (during, after) = (-1, -1);
        var run = fixture.Add(new ThreadRun { During = () => during = fixture.Pool.LanesOut, OnComplete = () => after = fixture.Pool.LanesOut });
        fixture.Pool.Signal();
        await run.Done;
        Assert.That((during, after), Is.EqualTo((1, 0)));
    }

    [TestCase(1, 4, 1)]
    [TestCase(3, 4, 3)]
    [TestCase(4, 2, 2)]
    public async Task Signal_ManyRuns_AsManyAtOnceAsLanesAndThreadsAllow(int lanes, int threads, int expected)
    {
        await using var fixture = new PoolFixture(lanes, threads);
        using var full = new CountdownEvent(expected);
        var (running, widest) = (0, 0);
        var gate = new Lock();
        var runs = Enumerable.Range(0, 12).Select(_ => fixture.Add(Work)).ToList();
        fixture.Pool.Signal();
        await Task.WhenAll(runs.Select(r => r.Done));
        Assert.That(widest, Is.EqualTo(expected));
        Assert.That(fixture.Lanes, Has.Count.EqualTo(expected));

        void Work()
        {
            lock (gate)
                widest = Math.Max(widest, ++running);
            if (!full.IsSet)
                full.Signal();
            Assert.That(full.Wait(Long), Is.True, "fewer ran at once");
            lock (gate)
                running--;
        }
    }

    [Test]
    public async Task TryRent_UpToItsBound_EachIsAnother()
    {
        await using var fixture = new PoolFixture();
        var rented = new List<ILane>();
        while (rented.Count < 1000 && fixture.Pool.TryRent(out var lane))
            rented.Add(lane);
        Assert.That(rented, Has.Count.EqualTo(4 * Environment.ProcessorCount).And.Unique);

        // A run of the device still has its lane.
        var run = fixture.Add();
        fixture.Pool.Signal();
        await run.Done;
        Assert.That(rented, Does.Not.Contain(run.Lane));
        fixture.Pool.Return(rented[0]);
        Assert.That(fixture.Pool.TryRent(out _), Is.True);
        rented.ForEach(fixture.Pool.Return);
    }

    [Test]
    public async Task TryRent_DeviceThatOnlyWaits_Never()
    {
        await using var fixture = new PoolFixture(lanes: 4, runsInline: false);
        Assert.That(fixture.Pool.TryRent(out _), Is.False);
    }

    [Test]
    public async Task DisposeAsync_RunUnderWayAndLaneRented_WaitsForBoth([Values] bool runEndsFirst)
    {
        await using var fixture = new PoolFixture();
        using var blocked = new ManualResetEventSlim();
        var run = fixture.Add(() => blocked.Wait(Long));
        fixture.Pool.Signal();
        await run.Started;
        Assert.That(fixture.Pool.TryRent(out var rented), Is.True);
        var disposal = fixture.Pool.DisposeAsync().AsTask();
        Assert.That(fixture.Pool.TryRent(out _), Is.False, "from the first moment on");
        await End(runEndsFirst);
        Assert.That((disposal.IsCompleted, fixture.Released), Is.EqualTo((false, 0)));
        Assert.That(fixture.Lanes.Select(l => l.Disposals), Is.All.Zero);
        await End(!runEndsFirst);
        await disposal.WaitAsync(Long);
        await fixture.Pool.DisposeAsync();
        Assert.That(fixture.Lanes.Select(l => l.Disposals), Is.EqualTo(new[] { 1, 1 }));
        Assert.That(fixture.Released, Is.EqualTo(1));

        async Task End(bool theRun)
        {
            if (!theRun)
            {
                fixture.Pool.Return(rented);
                return;
            }

            blocked.Set();
            await run.Done;
        }
    }

    // The run has been taken from the source and has no lane yet.
    [Test]
    public async Task DisposeAsync_BetweenNextAndExecute_TheRunStillGetsALane()
    {
        await using var fixture = new PoolFixture();
        Task? disposal = null;
        fixture.DuringNext = () => disposal = fixture.Pool.DisposeAsync().AsTask();
        var run = fixture.Add();
        fixture.Pool.Signal();
        await run.Done;
        await disposal!.WaitAsync(Long);
        Assert.That((run.Executed, fixture.Released), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task DisposeAsync_OneOfTwoPools_TheOtherGoesOn()
    {
        await using var first = new PoolFixture();
        await using var second = new PoolFixture(device: first.Device);
        await second.Pool.DisposeAsync();
        second.Add();
        second.Pool.Signal();
        var run = first.Add();
        first.Pool.Signal();
        await run.Done;
        Assert.That(second.Lanes, Is.Empty);
    }

    // Callers that rent, a source that is signalled and the end of it all, at any moment.
    [Test]
    public async Task DisposeAsync_AtAnyMomentOfALoad_EveryLaneIsFreedOnceAndNoneIsUsedAfter()
    {
        using var device = new Device("test", 2, true, TimeProvider.System);
        for (var round = 0; round < 200; round++)
        {
            var fixture = new PoolFixture(lanes: 1 + (round % 3), device: device);
            var isOver = false;
            var renter = Task.Run(() =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    if (!fixture.Pool.TryRent(out var lane))
                        continue;
                    Assert.That(((StubLane)lane).Disposals, Is.Zero);
                    fixture.Pool.Return(lane);
                }
            });
            var signaller = Task.Run(() =>
            {
                for (var i = 0; i < 50; i++)
                {
                    fixture.Add();
                    fixture.Pool.Signal();
                }
            });
            Thread.SpinWait(round * 50);
            await fixture.Pool.DisposeAsync().AsTask().WaitAsync(Long);
            Assert.That(fixture.Lanes.Select(l => l.Disposals), Is.All.EqualTo(1));
            Assert.That((fixture.Released, fixture.Pool.LanesOut), Is.EqualTo((1, 0)));
            Volatile.Write(ref isOver, true);
            await Task.WhenAll(renter, signaller);
            Assert.That(fixture.Lanes.Select(l => l.Disposals), Is.All.EqualTo(1));
        }
    }
}
