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
            EndInTime(margin);
        Assert.That(margin.Factor, Is.EqualTo(1));
    }

    [Test]
    public void Factor_ManyLate_GrowsWithinBounds()
    {
        var margin = new AdmissionMargin();
        for (var i = 0; i < 10_000; i++)
            EndLate(margin);
        Assert.That(margin.Factor, Is.EqualTo(2));
    }

    [Test]
    public void Factor_OneRunOfManyLate_CountsAsAFew()
    {
        var margin = new AdmissionMargin();
        EndLate(margin, 64);
        Assert.That(margin.Factor, Is.EqualTo(Math.Pow(1.02, 8)).Within(1e-9));
        for (var i = 0; i < 40; i++)
            EndInTime(margin, 64);
        Assert.That(margin.Factor, Is.EqualTo(1));
    }

    [Test]
    public void Factor_RunWithSomeLate_CountsByTheirShare()
    {
        var (all, half) = (new AdmissionMargin(), new AdmissionMargin());
        EndLate(all, 8);
        half.Late();
        half.InTime();
        half.RunEnded(isExcessive: false);
        Assert.That(half.Factor, Is.GreaterThan(1).And.LessThan(all.Factor));
    }

    [Test]
    public void RunEnded_NothingWasTold_ChangesNothing()
    {
        var margin = new AdmissionMargin();
        EndLate(margin);
        var factor = margin.Factor;
        margin.RunEnded(isExcessive: false);
        Assert.That(margin.Factor, Is.EqualTo(factor).And.GreaterThan(1));
    }

    [TestCase(40, ExpectedResult = false)]
    [TestCase(10, ExpectedResult = true)]
    public bool Factor_OneLateInSoMany_GrowsWhereThatIsTooMany(int every)
    {
        var margin = new AdmissionMargin();
        for (var i = 1; i <= 10_000; i++)
        {
            if (i % every == 0)
                EndLate(margin);
            else
                EndInTime(margin);
        }

        return margin.Factor > 1.5;
    }

    [Test]
    public void Factor_LateNoMore_Shrinks()
    {
        var margin = new AdmissionMargin();
        for (var i = 0; i < 100; i++)
            EndLate(margin);
        for (var i = 0; i < 10_000; i++)
            EndInTime(margin);
        Assert.That(margin.Factor, Is.EqualTo(1));
    }

    [Test]
    public void Factor_RefusedWhileNobodyWaits_ShrinksThoughSomeAreLate()
    {
        var margin = new AdmissionMargin();
        EndLate(margin, 1_000_000);
        for (var i = 0; i < 100; i++)
            EndLate(margin);
        var factor = margin.Factor;
        for (var i = 0; i < 20; i++)
        {
            margin.Late();
            margin.RunEnded(isExcessive: true);
        }

        Assert.That(margin.Factor, Is.LessThan(1.1).And.LessThan(factor), "caution has nothing to gain from idle lanes");
    }

    private static void EndLate(AdmissionMargin margin, int requests = 1)
    {
        for (var i = 0; i < requests; i++)
            margin.Late();
        margin.RunEnded(isExcessive: false);
    }

    private static void EndInTime(AdmissionMargin margin, int requests = 1)
    {
        for (var i = 0; i < requests; i++)
            margin.InTime();
        margin.RunEnded(isExcessive: false);
    }
}
