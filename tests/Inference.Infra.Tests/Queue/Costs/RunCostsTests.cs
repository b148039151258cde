using CsCheck;
using Inference.Infra.Queue.Costs;

namespace Inference.Infra.Tests.Queue.Costs;

[TestFixture]
internal sealed class RunCostsTests
{
    [Test]
    public void Guess_NothingRan_Zero()
    {
        var costs = new RunCosts();
        Assert.That((costs.Guess(1), costs.Guess(1000), costs.AtLeast(5)), Is.EqualTo((0, 0, 0)));
        Assert.That(costs.Predict(1, 1), Is.EqualTo(double.PositiveInfinity));
    }

    [TestCase(64, 640)]
    [TestCase(40, 640, Description = "up to the next power of two")]
    [TestCase(10, 640, Description = "fewer take at most as long")]
    [TestCase(128, 1280, Description = "twice as many at most twice as long")]
    [TestCase(1024, 640 * 16)]
    public void Guess_OneSizeRan_OthersAreBoundedByIt(long rows, double expected)
    {
        var costs = Learned((64, 640));
        Assert.That(costs.Guess(rows), Is.EqualTo(expected));
    }

    [Test]
    public void Guess_SeveralSizesRan_BetweenThemAndNeverLessForMore()
    {
        var costs = Learned((1, 100), (64, 640));
        Assert.That((costs.Guess(1), costs.Guess(64)), Is.EqualTo((100, 640)));
        for (var rows = 2; rows <= 64; rows++)
            Assert.That(costs.Guess(rows), Is.InRange(costs.Guess(rows - 1), 640));
    }

    [Test]
    public void AtLeast_LargerThanWhatRan_IsTheTimeOfFewerRows()
    {
        var costs = Learned((1, 100), (64, 640));
        Assert.That((costs.AtLeast(1), costs.AtLeast(63), costs.AtLeast(64), costs.AtLeast(9000)), Is.EqualTo((100, 640, 640, 640)));
        Assert.That(Learned((64, 640)).AtLeast(32), Is.Zero, "fewer may be faster");
    }

    [Test]
    public void Guess_AnyRowsThatRan_IsKnownAfterwards()
    {
        Gen.Select(Gen.Long[0, 1L << 31], Gen.Long[1, 1_000_000]).Sample((rows, ticks) =>
        {
            var costs = Learned((rows, ticks));
            return costs.Guess(rows) == ticks && costs.AtLeast(rows) == ticks && costs.Predict(rows, 1) == ticks;
        });
    }

    private static RunCosts Learned(params (long Rows, long Ticks)[] runs)
    {
        var costs = new RunCosts();
        foreach (var (rows, ticks) in runs)
        {
            for (var i = 0; i < RunTimeEstimate.RequiredRuns; i++)
                costs.Add(rows, 1, ticks, isComplete: true);
        }

        return costs;
    }
}
