using System.Diagnostics;
using Inference.Infra.OnnxRuntime.Devices;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.OnnxRuntime.Tests.Devices;

[TestFixture]
internal sealed class DeviceWorkersTests
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    [Test]
    public async Task Signal_FromManyThreads_EachRunIsDoneOnceOnTheDevicesThreads()
    {
        using var workers = Create(3);
        var client = new QueueClient(lanes: 3);
        var runs = new ThreadRun[2000];
        Parallel.For(0, runs.Length, i =>
        {
            runs[i] = client.Add();
            Assert.That(workers.Signal(client.Share), Is.True);
        });
        await Task.WhenAll(runs.Select(r => r.Done));
        Assert.Multiple(() =>
        {
            Assert.That(runs.Select(r => (r.Executed, r.Completed)), Is.All.EqualTo((1, 1)));
            Assert.That(runs.Select(r => r.Thread!.Name).Distinct(), Is.SubsetOf(new[] { "infer cpu 0", "infer cpu 1", "infer cpu 2", "infer cpu 3" }));
            Assert.That(client.Widest, Is.LessThanOrEqualTo(3));
        });
    }

    // Each signal finds all threads asleep, or just about to be.
    [Test]
    public async Task Signal_OneAfterTheOther_NoneIsLost([Values(1, 3)] int threads)
    {
        using var workers = Create(threads);
        var clients = new[] { new QueueClient(), new QueueClient() };
        for (var i = 0; i < 10_000; i++)
        {
            var client = clients[i & 1];
            var run = client.Add();
            workers.Signal(client.Share);
            await run.Done;
        }
    }

    [Test]
    public async Task Signal_DuringNextOfAnEmptyClient_IsAskedAgain()
    {
        using var workers = Create(1);
        ThreadRun? run = null;
        var client = new QueueClient();
        client.DuringNext = () =>
        {
            client.DuringNext = null;
            run = client.Add();
            workers.Signal(client.Share);
        };
        workers.Signal(client.Share);
        Assert.That(SpinWait.SpinUntil(() => Volatile.Read(ref run) is not null, Long), Is.True);
        await run!.Done;
    }

    [Test]
    public async Task Next_MoreToRun_WakesAThreadForAnotherLane()
    {
        using var workers = Create(2);
        using var both = new Barrier(2);
        var client = new QueueClient(lanes: 2);
        var runs = new[] { client.Add(Meet), client.Add(Meet) };
        workers.Signal(client.Share);
        await Task.WhenAll(runs.Select(r => r.Done));
        Assert.That(client.Widest, Is.EqualTo(2));

        void Meet() => Assert.That(both.SignalAndWait(Long), Is.True, "the other was not run beside it");
    }

    // Nothing ends and nobody signals: only time tells that the run under way has had more than the client that waits.
    [Test]
    public async Task Signal_BehindARunThatTakesLongerThanWasThought_RunsOnceThatHasHadAsMuch()
    {
        var time = new FakeTimeProvider();
        using var workers = new DeviceWorkers("cpu", 1, time);
        using var end = new ManualResetEventSlim();
        var (endless, ahead) = (new QueueClient(), new QueueClient());
        await Run(ahead, () => time.Advance(TimeSpan.FromSeconds(1)));
        using var begun = new ManualResetEventSlim();
        var running = Run(endless, () =>
        {
            begun.Set();
            Assert.That(end.Wait(Long), Is.True);
        });
        Assert.That(begun.Wait(Long), Is.True);

        var waits = Run(ahead, () => { });
        time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.That(waits.IsCompleted, Is.False);
        time.Advance(TimeSpan.FromMilliseconds(200));
        await waits.WaitAsync(Long);
        Assert.That(running.IsCompleted, Is.False);
        end.Set();
        await running;

        Task Run(QueueClient client, Action during)
        {
            var run = client.Add(during);
            workers.Signal(client.Share);
            return run.Done;
        }
    }

    [Test]
    public async Task Signal_FloodFillsAllThreads_QuietClientRunsInTheReserve()
    {
        using var workers = Create(2);
        using var blocked = new ManualResetEventSlim();
        QueueClient flood = new(lanes: 4), quiet = new(), another = new();
        var floods = Enumerable.Range(0, 6).Select(_ => flood.Add(Block)).ToList();
        workers.Signal(flood.Share);
        await Task.WhenAll(floods.Take(2).Select(r => r.Started));
        var first = quiet.Add();
        workers.Signal(quiet.Share);
        await first.Done;
        var second = another.Add();
        workers.Signal(another.Share);
        await second.Done;
        Assert.That(floods.Count(r => r.HasStarted), Is.EqualTo(2), "the reserve is not for the flood");
        blocked.Set();
        await Task.WhenAll(floods.Select(r => r.Done));
        Assert.That(flood.Widest, Is.LessThanOrEqualTo(3));

        void Block() => Assert.That(blocked.Wait(Long), Is.True);
    }

    // The end of one run lets two others in: one on its thread, one on a thread that sleeps.
    [Test]
    public async Task Take_AnotherMayBeginBesideIt_WakesAThread()
    {
        var time = new FakeTimeProvider();
        using var workers = new DeviceWorkers("cpu", 1, time);
        using var blocked = new ManualResetEventSlim();
        using var both = new Barrier(2);
        QueueClient first = new(), second = new(), blocker = new();
        foreach (var client in new[] { first, second })
            await Run(client, () => time.Advance(TimeSpan.FromSeconds(5)));
        var blocking = Run(blocker, () => blocked.Wait(Long));
        Assert.That(SpinWait.SpinUntil(() => blocker.UnderWay == 1, Long), Is.True);
        var met = 0;
        var runs = new[] { Run(first, Meet), Run(second, Meet) };
        Assert.That((first.Share.IsListed, second.Share.IsListed), Is.EqualTo((true, true)), "both have had more time than the one that runs");
        blocked.Set();
        await Task.WhenAll([blocking, .. runs]);
        Assert.That(met, Is.EqualTo(2));

        void Meet() => Interlocked.Add(ref met, both.SignalAndWait(TimeSpan.FromSeconds(5)) ? 1 : 0);

        Task Run(QueueClient client, Action during)
        {
            var run = client.Add(during);
            workers.Signal(client.Share);
            return run.Done;
        }
    }

    [Test]
    public async Task Complete_AfterExecute_TheClientHasNothingUnderWay()
    {
        using var workers = Create(1);
        var client = new QueueClient();
        var running = -1;
        var run = client.Add(new ThreadRun { OnComplete = () => running = client.Share.Running });
        workers.Signal(client.Share);
        await run.Done;
        Assert.That(running, Is.Zero);
    }

    [Test]
    public void Dispose_MuchWaits_AllOfItIsRunAndLaterSignalsAreRefused()
    {
        var workers = Create(2);
        using var blocked = new ManualResetEventSlim();
        var client = new QueueClient(lanes: 2);
        var runs = Enumerable.Range(0, 100).Select(_ => client.Add(() => blocked.Wait(Long))).ToList();
        workers.Signal(client.Share);
        Assert.That(SpinWait.SpinUntil(() => client.UnderWay == 2, Long), Is.True);
        var disposal = Task.Run(workers.Dispose);

        // From when it refuses on, the device has stopped.
        var late = new QueueClient();
        Assert.That(SpinWait.SpinUntil(() => !workers.Signal(late.Share), Long), Is.True);
        Assert.That(workers.Signal(client.Share), Is.False, "nor is a client let in that still waits");
        blocked.Set();
        Assert.That(disposal.Wait(Long), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(runs.Select(r => r.Executed), Is.All.EqualTo(1));
            Assert.That(runs.Select(r => r.Thread!).Distinct().Count(t => t.IsAlive), Is.Zero, "all threads have ended");
        });
    }

    [Test]
    public void Dispose_Idle_EndsAtOnceAndTwiceIsOnce()
    {
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 50; i++)
        {
            var workers = Create(4);
            workers.Dispose();
            workers.Dispose();
        }

        Assert.That(watch.Elapsed, Is.LessThan(Long), "no thread sleeps through it");
    }

    [Test]
    public void Dispose_NoThreadEnds_WaitsOnceForAllOfThem()
    {
        using var blocked = new ManualResetEventSlim();
        using var started = new CountdownEvent(8);
        var workers = new DeviceWorkers("cpu", 8, TimeProvider.System, TimeSpan.FromSeconds(1));
        var client = new QueueClient(lanes: 8);
        for (var i = 0; i < 8; i++)
        {
            client.Add(() =>
            {
                started.Signal();
                blocked.Wait();
            });
        }

        workers.Signal(client.Share);
        Assert.That(started.Wait(Long), Is.True);
        var watch = Stopwatch.StartNew();
        workers.Dispose();
        var waited = watch.Elapsed;
        blocked.Set();
        Assert.That(waited, Is.InRange(TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(5)));
    }

    private static DeviceWorkers Create(int threads) => new("cpu", threads, TimeProvider.System);
}
