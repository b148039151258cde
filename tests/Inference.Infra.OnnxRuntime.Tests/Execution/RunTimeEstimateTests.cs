using Inference.Infra.OnnxRuntime.Execution;

namespace Inference.Infra.OnnxRuntime.Tests.Execution;

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
    public void Add_OneOutlier_WeighsAnEighth()
    {
        var estimate = new RunTimeEstimate();
        for (var i = 0; i < 100; i++)
            estimate.Add(8, 1);
        estimate.Add(88, 1);
        Assert.That(estimate.Predict(1), Is.EqualTo(18).Within(1e-9));
    }
}
