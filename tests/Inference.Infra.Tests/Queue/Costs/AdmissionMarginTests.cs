using Inference.Infra.Queue.Costs;

namespace Inference.Infra.Tests.Queue.Costs;

/// <summary>By how much predicted times are taken longer before a request is let in.</summary>
[TestFixture]
internal sealed class AdmissionMarginTests
{
    [Test]
    public void Factor_AllInTime_One()
    {
        var margin = new AdmissionMargin();
        for (var i = 0; i < 100; i++)
            margin.InTime();
        Assert.That(margin.Factor, Is.EqualTo(1));
    }

    [Test]
    public void Factor_ManyLate_GrowsWithinBounds()
    {
        var margin = new AdmissionMargin();
        for (var i = 0; i < 10_000; i++)
            margin.Late();
        Assert.That(margin.Factor, Is.EqualTo(2));
    }

    [TestCase(200, ExpectedResult = false)]
    [TestCase(50, ExpectedResult = true)]
    public bool Factor_OneLateInSoMany_GrowsWhereThatIsTooMany(int every)
    {
        var margin = new AdmissionMargin();
        for (var i = 1; i <= 10_000; i++)
        {
            if (i % every == 0)
                margin.Late();
            else
                margin.InTime();
        }

        return margin.Factor > 1.5;
    }

    [Test]
    public void Factor_LateNoMore_Shrinks()
    {
        var margin = new AdmissionMargin();
        for (var i = 0; i < 100; i++)
            margin.Late();
        for (var i = 0; i < 10_000; i++)
            margin.InTime();
        Assert.That(margin.Factor, Is.EqualTo(1));
    }
}
