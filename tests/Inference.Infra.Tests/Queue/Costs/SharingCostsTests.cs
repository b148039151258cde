using Inference.Infra.Queue.Costs;

namespace Inference.Infra.Tests.Queue.Costs;

[TestFixture]
internal sealed class SharingCostsTests
{
    private const double Handover = 20;
    private const long Bytes = 1000;

    [TestCase(4, 10.0, 15.0, 60L, ExpectedResult = true, Description = "what runs of their own would take is saved")]
    [TestCase(4, 10.0, 40.0, 59L, ExpectedResult = true, Description = "no row is faster, but three handovers are saved")]
    [TestCase(4, 10.0, 40.0, 60L, ExpectedResult = false, Description = "three handovers are what the copy takes")]
    [TestCase(4, 100.0, 390.0, 300L, ExpectedResult = false)]
    [TestCase(4, 100.0, 160.0, 300L, ExpectedResult = false, Description = "a run that is faster together does not make up for the copy")]
    [TestCase(4, 100.0, 159.0, 300L, ExpectedResult = true)]
    [TestCase(1, 100.0, 100.0, 300L, ExpectedResult = true, Description = "one request has nobody to share with")]
    public bool Pay_KnownCosts_ComparesTogetherWithApart(int requests, double apart, double together, long copy) =>
        Costs(copy).Pay(requests, apart, together, Bytes);

    [TestCase(0.0, 100.0)]
    [TestCase(100.0, 0.0)]
    public void Pay_ARunThatIsNotKnown_IsTrue(double apart, double together) =>
        Assert.That(Costs(1000).Pay(4, apart, together, Bytes), Is.True);

    [Test]
    public void Pay_NothingWasEverCopied_IsTrue() => Assert.That(new SharingCosts(Handover).Pay(4, 10, 1000, Bytes), Is.True);

    [Test]
    public void IsTriedAgain_AlwaysAsked_OnceInAWhile()
    {
        var costs = Costs(1000);
        var tried = Enumerable.Range(0, 640).Count(_ => costs.IsTriedAgain());
        Assert.That(tried, Is.EqualTo(10));
    }

    [Test]
    public void CopyOf_OneCopyWasPutAside_IsNotBelievedDearer()
    {
        var costs = Costs(100);
        costs.Copied(Bytes, 1_000_000);
        Assert.That(costs.CopyOf(2 * Bytes), Is.InRange(200, 205));
    }

    [Test]
    public void CopyOf_CopiesHaveGrownDearer_IsBelievedAfterSomeDozens()
    {
        var costs = Costs(100);
        for (var i = 0; i < 100; i++)
            costs.Copied(Bytes, 500);
        Assert.That(costs.CopyOf(Bytes), Is.EqualTo(500).Within(1));
    }

    private static SharingCosts Costs(long copy)
    {
        var costs = new SharingCosts(Handover);
        costs.Copied(Bytes, copy);
        return costs;
    }
}
