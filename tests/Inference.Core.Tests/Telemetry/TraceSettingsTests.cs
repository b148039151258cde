using Inference.Core.Telemetry;

namespace Inference.Core.Tests.Telemetry;

public sealed class TraceSettingsTests
{
    [Test]
    public void For_ModelWithoutChanges_IsTheServers()
    {
        var settings = new TraceSettings(isAvailable: true, ratio: 0.5, followsCaller: true);
        settings.Update(string.Empty, o => o with { Ratio = 0.1 });

        Assert.That((settings.For("m").Ratio, settings.For("m").IsOn), Is.EqualTo((0.1, true)));
    }

    [Test]
    public void For_ModelWithChanges_TakesTheRestFromTheServer()
    {
        var settings = new TraceSettings(isAvailable: true, ratio: 0.5, followsCaller: true);
        settings.Update("m", o => o with { IsOn = false });
        settings.Update(string.Empty, o => o with { Ratio = 0.1 });

        Assert.That((settings.For("m").IsOn, settings.For("m").Ratio, settings.For(string.Empty).IsOn), Is.EqualTo((false, 0.1, true)));
    }

    [Test]
    public void Update_ThatTakesAChangeBack_LeavesWhatIsConfigured()
    {
        var settings = new TraceSettings(isAvailable: true, ratio: 0.5, followsCaller: true);
        settings.Update("m", o => o with { Ratio = 1 });
        settings.Update("m", o => o with { Ratio = null });

        Assert.That(settings.For("m").Ratio, Is.EqualTo(0.5));
    }

    [Test]
    public void IsOn_ServerOffAndOneModelOn_IsTrue()
    {
        var settings = new TraceSettings(isAvailable: true, ratio: 1, followsCaller: true);
        settings.Update(string.Empty, o => o with { IsOn = false });
        Assert.That(settings.IsOn, Is.False);

        settings.Update("m", o => o with { IsOn = true });
        Assert.That(settings.IsOn, Is.True);
    }

    [Test]
    public void Allowance_ManyTakersAtOnce_GivesExactlyItsNumber()
    {
        var allowance = new TraceAllowance(1000);
        var taken = 0;

        Parallel.For(0, 5000, _ =>
        {
            if (allowance.TryTake())
                Interlocked.Increment(ref taken);
        });

        Assert.That((taken, allowance.Left), Is.EqualTo((1000, 0)));
    }

    [Test]
    public void Allowance_Negative_IsUnbounded()
    {
        var allowance = new TraceAllowance(-1);

        Assert.That((allowance.TryTake(), allowance.Left), Is.EqualTo((true, -1)));
    }
}
