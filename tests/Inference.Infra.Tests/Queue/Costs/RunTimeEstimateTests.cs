using Inference.Infra.Queue.Costs;

namespace Inference.Infra.Tests.Queue.Costs;

[TestFixture]
internal sealed class RunTimeEstimateTests
{
    [Test]
    public void Predict_TooFewRuns_Infinity()
    {
        var estimate = new RunTimeEstimate();
        for (var i = 0; i < RunTimeEstimate.RequiredRuns; i++)
        {
            Assert.That(estimate.Predict(1), Is.EqualTo(double.PositiveInfinity));
            estimate.Add(5, 1);
        }

        Assert.That(estimate.Predict(1), Is.EqualTo(5).Within(1e-9));
    }

    [Test]
    public void Predict_ColdRunsWereSlow_TheyDoNotCount()
    {
        var estimate = new RunTimeEstimate();
        for (var i = 0; i < RunTimeEstimate.ColdRuns; i++)
            estimate.Add(1_000_000, 1);
        for (var i = 0; i < RunTimeEstimate.RequiredRuns; i++)
            estimate.Add(5, 1);
        Assert.That(estimate.Predict(1), Is.EqualTo(5).Within(1e-9));
    }

    [TestCase(100, 5)]
    [TestCase(10, 5)]
    [TestCase(300, 15)]
    public void Predict_OtherSizes_LargerTakesLongerInProportion(long bytes, double expected)
    {
        var estimate = new RunTimeEstimate();
        for (var i = 0; i < 100; i++)
            estimate.Add(5, 100);
        Assert.That(estimate.Predict(bytes), Is.EqualTo(expected).Within(1e-9));
    }

    [Test]
    public void Add_LongerRun_WeighsAnEighth()
    {
        var estimate = Usual(80);
        estimate.Add(120, 1);
        Assert.That(estimate.Predict(1), Is.EqualTo(85).Within(1e-9));
    }

    [TestCase(160)]
    [TestCase(480, Description = "counts as twice the usual time")]
    public void Add_MuchLongerRun_IsBelievedUpToTwiceTheUsual(long ticks)
    {
        var estimate = Usual(80);
        estimate.Add(ticks, 1);
        Assert.That(estimate.Predict(1), Is.EqualTo(90).Within(1e-9));
    }

    [Test]
    public void Add_ModelHasGrownThreeTimesSlower_IsKnownAfterSomeRuns()
    {
        var estimate = Usual(80);
        for (var i = 0; i < 24; i++)
            estimate.Add(240, 1);
        Assert.That(estimate.Predict(1), Is.EqualTo(240).Within(24));
    }

    [Test]
    public void Add_RunThatWasPutAside_IsPassedOver()
    {
        var estimate = Usual(8);
        for (var i = 0; i < 10; i++)
        {
            estimate.Add(4000, 1);
            estimate.Add(8, 1);
        }

        Assert.That(estimate.Predict(1), Is.EqualTo(8).Within(1e-9));
    }

    [Test]
    public void Add_FourMuchLongerRunsInARow_AreBelieved()
    {
        var estimate = Usual(8);
        for (var i = 0; i < 3; i++)
            estimate.Add(4000, 1);
        Assert.That(estimate.Predict(1), Is.EqualTo(8).Within(1e-9));
        estimate.Add(4000, 1);
        Assert.That(estimate.Predict(1), Is.EqualTo(507).Within(1e-9));
    }

    [Test]
    public void Add_RunThatOnlyTheModelExplains_IsBelievedAtOnce()
    {
        var estimate = Usual(8);
        estimate.Add(80_000, 1);
        Assert.That(estimate.Predict(1), Is.GreaterThan(10_000));
    }

    [Test]
    public void Add_RunEndedBeforeTheUsualTime_TeachesNothing()
    {
        var estimate = Usual(1000);
        for (var i = 0; i < 50; i++)
            estimate.Add(10, 1, isComplete: false);
        Assert.That((estimate.Predict(1), estimate.Fastest), Is.EqualTo((1000, 1000)));
    }

    [Test]
    public void Add_RunEndedAfterTheUsualTime_ModelHasGrownSlower()
    {
        var estimate = Usual(1000);
        for (var i = 0; i < 50; i++)
            estimate.Add(3000, 1, isComplete: false);
        Assert.That(estimate.Predict(1), Is.EqualTo(3000).Within(10));
        Assert.That(estimate.Fastest, Is.EqualTo(1000), "none was over sooner");
    }

    [Test]
    public void Fastest_SlowerForLong_IsForgotten()
    {
        var estimate = Usual(1000);
        for (var i = 0; i < 100; i++)
            estimate.Add(3000, 1);
        Assert.That(estimate.Fastest, Is.EqualTo(3000));
    }

    private static RunTimeEstimate Usual(long ticks)
    {
        var estimate = new RunTimeEstimate();
        for (var i = 0; i < 100; i++)
            estimate.Add(ticks, 1);
        return estimate;
    }
}
