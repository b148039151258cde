using Inference.Infra.Processors;

namespace Inference.Infra.Tests.Processors;

internal sealed class CrowdingTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(0.3);
    private const double Quiet = 0.1;

    [Test]
    public void Add_AsManyLongWaitsAsSayIt_IsCrowded()
    {
        var crowding = new Crowding();
        var changes = Enumerable.Range(0, Crowding.Many).Select(_ => crowding.Add(Crowding.Long, Quiet)).ToArray();
        Assert.That(changes, Is.EqualTo(Enumerable.Repeat(false, Crowding.Many - 1).Append(true)));
        Assert.That(crowding.IsCrowded, Is.True);
    }

    [Test]
    public void Add_LongWaitsFarApart_AreNoCrowd()
    {
        // One more would be too many within the looks by which it is judged.
        var crowding = new Crowding();
        const int apart = Crowding.Looks / (Crowding.Many - 1);
        for (var look = 0; look < Crowding.Looks * 10; look++)
            Assert.That(crowding.Add(look % (apart + 1) == 0 ? Crowding.Long : Short, Quiet), Is.False);
    }

    [Test]
    public void Add_WaitsThatAreNearlyLong_AreNoCrowd()
    {
        var crowding = new Crowding();
        for (var look = 0; look < Crowding.Looks * 2; look++)
            crowding.Add(Crowding.Long - TimeSpan.FromTicks(1), Quiet);
        Assert.That(crowding.IsCrowded, Is.False);
    }

    [Test]
    public void Add_ShortWaitsAfterACrowd_IsNoCrowdOnceNearlyAllLongOnesAreForgotten()
    {
        var crowding = Crowded();
        var looks = 1;
        while (!crowding.Add(Short, Quiet))
            looks++;
        Assert.That(looks, Is.EqualTo(Crowding.Looks - Crowding.Few));
        Assert.That(crowding.IsCrowded, Is.False);
    }

    [Test]
    public void Add_CrowdThatRestsNowAndThen_StaysCrowded()
    {
        // Too few long waits to be taken for a crowd at first, too many for none.
        var crowding = Crowded();
        for (var look = 0; look < Crowding.Looks * 10; look++)
            Assert.That(crowding.Add(look % (Crowding.Looks / (Crowding.Few + 1)) == 0 ? Crowding.Long : Short, Quiet), Is.False);
        Assert.That(crowding.IsCrowded, Is.True);
    }

    [Test]
    public void Add_LongWaitsWhileTheServerHasTheProcessors_AreNoCrowd()
    {
        var crowding = new Crowding();
        for (var look = 0; look < Crowding.Looks; look++)
            Assert.That(crowding.Add(Crowding.Long, Crowding.Most), Is.False);
        Assert.That(crowding.Mean, Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public void Mean_WaitsOfOneLength_ComesUpToIt()
    {
        var crowding = new Crowding();
        for (var look = 0; look < Crowding.Looks * 10; look++)
            crowding.Add(Short, Quiet);
        Assert.That(crowding.Mean.TotalMilliseconds, Is.EqualTo(Short.TotalMilliseconds).Within(0.001));
    }

    private static Crowding Crowded()
    {
        var crowding = new Crowding();
        for (var look = 0; look < Crowding.Many; look++)
            crowding.Add(Crowding.Long, Quiet);
        Assert.That(crowding.IsCrowded, Is.True);
        return crowding;
    }
}
