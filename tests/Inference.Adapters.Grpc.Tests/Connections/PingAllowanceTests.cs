using Inference.Adapters.Grpc.Connections;

namespace Inference.Adapters.Grpc.Tests.Connections;

internal sealed class PingAllowanceTests
{
    private const long Second = 1000;

    [Test]
    public void Take_OnePingASecondForAnHour_IsNeverTooMuch()
    {
        var allowance = new PingAllowance(3, Second);

        Assert.That(Enumerable.Range(1, 3600).Select(i => allowance.Take(i * Second)), Has.All.Zero);
    }

    [Test]
    public void Take_MoreAtOnceThanAllowed_TellsHowMany()
    {
        var allowance = new PingAllowance(3, Second);

        Assert.That(Enumerable.Range(0, 6).Select(_ => allowance.Take(Second)), Is.EqualTo(new[] { 0, 0, 0, 1, 2, 3 }));
    }

    [Test]
    public void Take_SomethingMovedBetween_IsAllowedAgain()
    {
        var allowance = new PingAllowance(1, Second);

        var over = Enumerable.Range(0, 1000).Select(_ =>
        {
            allowance.Moved();
            return allowance.Take(Second);
        });

        Assert.That(over, Has.All.Zero);
    }
}
