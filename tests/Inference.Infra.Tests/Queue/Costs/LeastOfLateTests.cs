using Inference.Infra.Queue.Costs;

namespace Inference.Infra.Tests.Queue.Costs;

[TestFixture]
internal sealed class LeastOfLateTests
{
    [Test]
    public void Value_NothingMeasured_IsZero() => Assert.That(default(LeastOfLate).Value, Is.Zero);

    [TestCase(100.0, 80.0, ExpectedResult = 80.0)]
    [TestCase(100.0, 101.0, ExpectedResult = 101.0, Description = "hardly more is taken at once")]
    [TestCase(100.0, 1_000_000.0, ExpectedResult = 102.0, Description = "one that is much more counts a little")]
    public double Value_AnotherIsMeasured_FollowsDownAtOnceAndUpSlowly(double first, double second)
    {
        var least = default(LeastOfLate);
        least.Add(first);
        least.Add(second);
        return least.Value;
    }
}
