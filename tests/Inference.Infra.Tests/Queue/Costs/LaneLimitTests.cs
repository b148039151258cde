using Inference.Infra.Queue.Costs;

namespace Inference.Infra.Tests.Queue.Costs;

/// <summary>How many runs are worth having at once, for a model whose runs get slower beside others as told.</summary>
[TestFixture]
internal sealed class LaneLimitTests
{
    private const int Runs = 1000;

    [Test]
    public void Lanes_OneLane_One()
    {
        var limit = new LaneLimit(1, 8);
        Use(limit, lanes: 1, _ => 1);
        Assert.That(limit.Lanes, Is.EqualTo(1));
    }

    // Each run uses all processors, so that two take twice as long.
    [TestCase(2, 1.0, 1)]
    [TestCase(4, 1.0, 1)]

    // Each run uses one processor of as many.
    [TestCase(2, 0.0, 2)]
    [TestCase(4, 0.0, 4)]

    // Two bring a third more.
    [TestCase(2, 0.5, 2)]
    public void Lanes_RunsBesideOthers_AsManyAsBringMore(int lanes, double slower, int expected)
    {
        var limit = new LaneLimit(lanes, maxRows: 8);
        var most = Use(limit, lanes, running => 1 + (slower * (running - 1)));
        Assert.That(most, Is.EqualTo(expected), "runs at once, most of the time");
    }

    [Test]
    public void Lanes_ModelBecomesParallel_IsNoticed()
    {
        var limit = new LaneLimit(2, 8);
        Use(limit, 2, running => running);
        Assert.That(Use(limit, 2, _ => 1), Is.EqualTo(2));
    }

    // A run of twice the rows takes no longer, so that one run does what two would.
    [Test]
    public void Lanes_OneRunWouldTakeTheRowsOfBothInTheSameTime_One()
    {
        var limit = new LaneLimit(2, maxRows: 64);
        Assert.That(Use(limit, 2, _ => 1, running => 16 / running), Is.EqualTo(1));
    }

    // Always work to do: as many runs under way as are allowed. Returns what was allowed most often in the last half.
    private static int Use(LaneLimit limit, int lanes, Func<int, double> slowdown, Func<int, int>? rows = null)
    {
        var running = new Queue<(long Begun, int Running)>();
        var seen = new int[lanes + 1];
        for (var i = 0; i < Runs; i++)
        {
            var allowed = limit.Lanes;
            while (running.Count < allowed)
                running.Enqueue(limit.Began(running.Count + 1));
            if (i > Runs / 2)
                seen[allowed]++;
            var first = running.Dequeue();
            limit.Ended(first, running.Count + 1, rows?.Invoke(running.Count + 1) ?? 8, bytes: 32, (long)(1000 * slowdown(running.Count + 1)));
        }

        return Array.IndexOf(seen, seen.Max());
    }
}
