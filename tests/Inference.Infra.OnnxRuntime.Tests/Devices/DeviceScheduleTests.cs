using CsCheck;
using Inference.Infra.OnnxRuntime.Devices;
using static Inference.Infra.OnnxRuntime.Tests.Devices.ScheduleSimulation;

namespace Inference.Infra.OnnxRuntime.Tests.Devices;

[TestFixture]
internal sealed class DeviceScheduleTests
{
    [Test]
    public void Begin_TwoThatAlwaysHaveWork_TimeByWeight([Values(1, 2, 4)] int threads, [Values(1, 2, 5)] int weight, [Values(20, 100, 3000)] int mean)
    {
        var device = new ScheduleSimulation(threads);
        var heavy = device.Add(threads + 1, weight, Around(mean, 1));
        var light = device.Add(threads + 1, 1, Around(100, 2));
        device.Come(heavy, SimulatedClient.Always);
        device.Come(light, SimulatedClient.Always);
        device.RunUntil(1_000_000);
        Assert.Multiple(() =>
        {
            Assert.That((double)heavy.Served / light.Served, Is.EqualTo(weight).Within(4).Percent);
            Assert.That(device.Widest, Is.LessThanOrEqualTo(threads + 1));
        });
    }

    // Whoever always has work gets its share, whatever the runs of the others are like.
    [Test]
    public void Begin_AnyThatAlwaysHaveWork_SharesByWeight() =>
        Gen.Select(Gen.Int[1, 4], Gen.Select(Gen.Int[1, 5], Gen.Int[1, 2000], Gen.Int[0, 100]).Array[2, 6], Gen.Int).Sample(
            (threads, clients, seed) =>
            {
                var device = new ScheduleSimulation(threads);
                var all = clients.Select((c, i) => device.Add(threads + 1, c.Item1, Around(c.Item2, seed + i, c.Item3))).ToList();
                all.ForEach(c => device.Come(c, SimulatedClient.Always));
                device.RunUntil(1_000_000);

                // Each is at most its lanes' longest runs ahead of another, counted in time over weight.
                var shares = all.Select(c => (double)c.Served / c.Weight).ToList();
                var slack = (threads + 1) * 2.0 * 2 * clients.Max(c => c.Item2);
                return shares.Max() - shares.Min() <= slack && device.Widest <= threads + 1;
            },
            iter: 60,
            threads: 1);

    [Test]
    public void Begin_FloodAlone_LeavesTheReserve()
    {
        var device = new ScheduleSimulation(2);
        var flood = device.Add(8, 1, Around(100, 1));
        device.Come(flood, SimulatedClient.Always);
        device.RunUntil(100_000);
        Assert.That((device.Widest, device.TicksInReserve), Is.EqualTo((2, 0)));
    }

    [Test]
    public void Begin_TwoFloods_LeaveTheReserveButForTheirStart()
    {
        var device = new ScheduleSimulation(2);
        var floods = new[] { device.Add(4, 1, Around(100, 1)), device.Add(4, 2, Around(700, 2)) };
        foreach (var flood in floods)
            device.Come(flood, SimulatedClient.Always);
        device.RunUntil(1_000_000);
        Assert.That(device.TicksInReserve, Is.LessThan(10_000));
    }

    [TestCase(0)]
    [TestCase(50)]
    public void Begin_QuietClientWhileAFloodFillsAllThreads_StartsAtOnce(long estimateBefore)
    {
        var device = new ScheduleSimulation(2);
        var flood = device.Add(4, 1, () => 1000);
        var quiet = device.Add(1, 1, () => 10);
        if (estimateBefore > 0)
        {
            device.Come(quiet, 1);
            device.RunUntil(estimateBefore);
        }

        device.Come(flood, SimulatedClient.Always);
        device.RunUntil(10_500);
        device.Come(quiet, 1);
        Assert.That(quiet.Starts[^1], Is.EqualTo(10_500));
    }

    // The first run of a model is one that nothing is known of; the flood waits in the list before the quiet one.
    [Test]
    public void Begin_QuietClientDuringAFloodsVeryFirstRun_StartsAtOnce()
    {
        var device = new ScheduleSimulation(1);
        var flood = device.Add(2, 1, () => 1000);
        var quiet = device.Add(1, 1, () => 10);
        device.Come(flood, SimulatedClient.Always);
        device.RunUntil(500);
        device.Come(quiet, 1);
        Assert.That(quiet.Starts, Is.EqualTo(new long[] { 500 }));
    }

    [Test]
    public void Begin_ReserveTaken_NextQuietClientGoesBeforeTheFloodsNextRun()
    {
        var device = new ScheduleSimulation(1);
        var flood = device.Add(2, 1, () => 1000);
        var (first, second) = (device.Add(1, 1, () => 5000), device.Add(1, 1, () => 10));
        device.Come(flood, SimulatedClient.Always);
        device.RunUntil(2500);
        device.Come(first, 1);
        device.Come(second, 1);
        Assert.That((first.Starts.Count, second.Starts.Count), Is.EqualTo((1, 0)), "there is one thread in reserve");
        device.RunUntil(3000);
        Assert.That(second.Starts, Is.EqualTo(new long[] { 3000 }));
        Assert.That(flood.Starts, Has.Count.EqualTo(3));
    }

    // One that asks now and then must not wait for a long run only because it asked before during the same run.
    [Test]
    public void Begin_QuietClientComesAgainDuringOneLongRun_EachTimeAtOnce()
    {
        var device = new ScheduleSimulation(1);
        var flood = device.Add(2, 1, () => 1000);
        var quiet = device.Add(1, 1, () => 10);
        device.Come(flood, SimulatedClient.Always);
        device.RunUntil(10_000);
        for (var i = 1; i <= 9; i++)
        {
            device.RunUntil(10_000 + (i * 100));
            device.Come(quiet, 1);
            Assert.That(quiet.Starts[^1], Is.EqualTo(device.Now), $"time {i}");
        }
    }

    [Test]
    public void Begin_ClientInReserveHasHadItsShare_WaitsForItsTurn()
    {
        var device = new ScheduleSimulation(1);
        var flood = device.Add(2, 1, () => 1000);
        var greedy = device.Add(1, 1, () => 300);
        device.Come(flood, SimulatedClient.Always);
        device.RunUntil(10_000);
        device.Come(greedy, 1);
        for (var time = 10_000; time < 11_000; time++)
        {
            device.RunUntil(time);
            if (greedy.Waiting == 0 && greedy.Starts.Count == greedy.Ends.Count)
                device.Come(greedy, 1);
        }

        // With 900 of 1000 it is not ahead of the flood, so that it is let in once more; then it is.
        Assert.That(greedy.Starts, Is.EqualTo(new long[] { 10_000, 10_300, 10_600, 10_900 }));
        device.RunUntil(11_199);
        device.Come(greedy, 1);
        device.RunUntil(11_999);
        Assert.That(greedy.Starts, Has.Count.EqualTo(4), "it has had more than the flood");
    }

    // It had more time than what runs was charged in advance; that goes on and on, and is charged for it as it does.
    [TestCase(1)]
    [TestCase(4)]
    public void Begin_RunTakesLongerThanWasThought_ClientAheadIsLetInOnceItIsNoMore(int weight)
    {
        var device = new ScheduleSimulation(1);
        var durations = new Queue<long>([10, 1_000_000]);
        var endless = device.Add(1, weight, durations.Dequeue);
        var quiet = device.Add(1, 1, () => 200);
        device.Come(endless, 1);
        device.RunUntil(20);
        device.Come(quiet, 1);
        device.RunUntil(300);
        device.Come(endless, 1);
        device.Come(quiet, 1);
        Assert.That((quiet.Starts.Count, endless.Starts.Count), Is.EqualTo((1, 2)), "it is ahead");

        device.RunUntil(10_000);

        // 20 to 220 were charged to it while the other had 10 at first and the same in advance.
        Assert.That(quiet.Starts, Has.Count.EqualTo(2));
        Assert.That(quiet.Starts[1], Is.GreaterThan(300).And.LessThanOrEqualTo(300 + (200 * weight) + 10));
    }

    // A caller that asks again as soon as it is answered must not wait for a run without end, either.
    [Test]
    public void Begin_RunsWithoutEndOnAllThreads_ClientThatAlwaysHasWorkIsServedBesideThem()
    {
        var device = new ScheduleSimulation(2);
        var endless = device.Add(2, 1, () => 1_000_000_000);
        var busy = device.Add(3, 1, () => 10);
        device.Come(busy, SimulatedClient.Always);
        device.RunUntil(10_000);
        device.Come(endless, 2);
        device.RunUntil(200_000);

        Assert.That(endless.Starts, Has.Count.EqualTo(2));
        Assert.That(busy.Served, Is.GreaterThan(150_000));
    }

    [Test]
    public void List_AfterAPause_NoTimeIsSavedUp()
    {
        var device = new ScheduleSimulation(1);
        var busy = device.Add(2, 1, Around(100, 1));
        var late = device.Add(2, 1, Around(100, 2));
        device.Come(late, 1);
        device.RunUntil(1000);
        device.Come(busy, SimulatedClient.Always);
        device.RunUntil(1_000_000);
        var before = (busy.Served, late.Served);
        device.Come(late, SimulatedClient.Always);
        device.RunUntil(1_100_000);
        Assert.That(busy.Served - before.Item1, Is.EqualTo(50_000).Within(1000));
        Assert.That(late.Served - before.Item2, Is.EqualTo(50_000).Within(1000));
    }

    [Test]
    public void End_ChargeIsPutRight_ByWhatItTook()
    {
        var schedule = new DeviceSchedule(1);
        var share = Share(weight: 2);
        Run(100);
        Assert.That(share.VirtualTime, Is.EqualTo(50));
        Assert.That(Run(10), Is.EqualTo(100), "charged like the run before");
        Assert.That(share.VirtualTime, Is.EqualTo(55), "a run that failed early costs no more than it took");
        Run(0);
        Assert.That(share.VirtualTime, Is.EqualTo(55), "nothing to run costs nothing");

        double Run(long ticks)
        {
            schedule.List(share);
            Assert.That(schedule.Begin(0, out var turn), Is.SameAs(share));
            Assert.That(share.VirtualTime, Is.GreaterThanOrEqualTo(turn.Charge / 2));
            schedule.End(share, turn, ticks);
            return turn.Charge;
        }
    }

    [Test]
    public void Begin_AllLanesTaken_WaitsForOne()
    {
        var schedule = new DeviceSchedule(4);
        var share = Share(lanes: 2);
        var turn = default(DeviceTurn);
        for (var i = 0; i < 2; i++)
        {
            schedule.List(share);
            Assert.That(schedule.Begin(0, out turn), Is.SameAs(share));
        }

        schedule.List(share);
        Assert.That((schedule.Begin(0, out _), schedule.HasNext(0), schedule.IsEmpty), Is.EqualTo(((DeviceShare?)null, false, false)));
        schedule.End(share, turn, 1);
        Assert.That(schedule.Begin(1, out _), Is.SameAs(share));
    }

    [Test]
    public void Leave_ListedAndUnderWay_LeftOnceTheRunIsOver()
    {
        var schedule = new DeviceSchedule(1);
        var share = Share(lanes: 2);
        schedule.List(share);
        schedule.Begin(0, out var turn);
        schedule.List(share);
        schedule.Leave(share);
        Assert.That((share.IsListed, schedule.IsEmpty, share.Left.IsCompleted), Is.EqualTo((false, true, false)));
        schedule.List(share);
        Assert.That(schedule.IsEmpty, Is.True, "it is asked for nothing any more");
        schedule.End(share, turn, 10);
        Assert.That(share.Left.IsCompleted, Is.True);
    }

    [Test]
    public void Leave_NothingUnderWay_LeftAtOnce()
    {
        var share = Share();
        new DeviceSchedule(1).Leave(share);
        Assert.That(share.Left.IsCompleted, Is.True);
    }

    private static DeviceShare Share(int lanes = 1, int weight = 1) => new SimulatedClient(lanes, weight, () => 1).Share;

    // Durations that vary by so many percent, so that runs of different clients do not end at the same tick.
    private static Func<long> Around(int mean, int seed, int percent = 20)
    {
        var random = new Random(seed);
        return () => Math.Max(1, (long)(mean * (1 + ((random.NextDouble() - 0.5) * 2 * percent / 100))));
    }
}
