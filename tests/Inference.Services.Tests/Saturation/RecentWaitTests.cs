using Inference.Services.Saturation;
using Inference.Services.Statistics;

namespace Inference.Services.Tests.Saturation;

internal sealed class RecentWaitTests
{
    private static readonly TimeSpan Target = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Test]
    public void Measure_WaitsOfTheTarget_ComeToOne()
    {
        var wait = new RecentWait();

        Assert.That(wait.Measure(Waits(100, 20), waiting: 0, Target, Long), Is.EqualTo(1).Within(1e-3));
        Assert.That(wait.Ratio, Is.EqualTo(1).Within(1e-3));
    }

    [Test]
    public void Measure_LaterLook_CountsOnlyWhatCameSince()
    {
        var wait = new RecentWait();
        wait.Measure(Waits(100, 20), waiting: 0, Target, Long);

        var ratio = wait.Measure(Waits(100, 20) with { Count = 200, Nanoseconds = 100 * 20_000_000 + (100 * 60_000_000UL) }, waiting: 0, Target, Long);

        Assert.That(ratio, Is.EqualTo(3).Within(1e-3));
    }

    [Test]
    public void Measure_NothingMoreComes_FadesToNothing()
    {
        var wait = new RecentWait();
        var totals = Waits(100, 40);
        wait.Measure(totals, waiting: 0, Target, Long);

        var ratios = Enumerable.Range(0, 60).Select(_ => wait.Measure(totals, waiting: 0, Target, Second)).ToList();

        Assert.That(ratios, Is.Ordered.Descending);
        Assert.That(ratios[^1], Is.Zero);
    }

    [Test]
    public void Measure_OneOfThreeRefused_TellsWhatCameByWhatWasTaken()
    {
        var totals = Waits(200, 1) with { Refused = 100 };

        Assert.That(new RecentWait().Measure(totals, waiting: 0, Target, Long), Is.EqualTo(1.5).Within(1e-3));
    }

    [Test]
    public void Measure_NobodyGetsOn_GrowsWithTheTime()
    {
        var wait = new RecentWait();

        var first = wait.Measure(default, waiting: 3, Target, Second);
        var later = wait.Measure(default, waiting: 3, Target, Second);

        Assert.That(first, Is.GreaterThan(1));
        Assert.That(later, Is.GreaterThan(first));
    }

    private static WaitTotals Waits(ulong count, ulong milliseconds) => new(count, count * milliseconds * 1_000_000, Refused: 0);
}
