using Inference.Domain.Residence;

namespace Inference.Domain.Tests.Residence;

internal sealed class NeedEstimateTests
{
    [Test]
    public void Overhead_NothingWasLoaded_IsThatOfASmallSession() => Assert.That(new NeedEstimate().Overhead, Is.EqualTo(NeedEstimate.FirstOverhead));

    [TestCase(new long[] { 5 }, 5)]
    [TestCase(new long[] { 5, 900, 6 }, 6, Description = "one large model among small ones")]
    [TestCase(new long[] { -3 }, 0, Description = "less than in storage")]
    public void Overhead_SomeWereLoaded_IsTheirMedian(long[] overheads, long expected)
    {
        var needs = new NeedEstimate();
        foreach (var overhead in overheads)
            needs.Learn(100, 100 + overhead);

        Assert.That(needs.Overhead, Is.EqualTo(expected));
    }

    [Test]
    public void Overhead_OtherModelsAreLoadedNow_ForgetsTheEarlier()
    {
        var needs = new NeedEstimate();
        foreach (var overhead in Enumerable.Repeat(1L, 100).Concat(Enumerable.Repeat(50L, 16)))
            needs.Learn(0, overhead);

        Assert.That(needs.Overhead, Is.EqualTo(50));
    }
}
