using CsCheck;
using Inference.Domain.Residence;

namespace Inference.Domain.Tests.Residence;

internal sealed class ReturnPolicyTests
{
    private static readonly ReturnPolicy Minute = new(TimeSpan.FromSeconds(60));

    [TestCase(0, null, 0)]
    [TestCase(0, 10.0, 1)]
    [TestCase(1, 10.0, 2)]
    [TestCase(3, 60.0, 4)]
    [TestCase(4, 10.0, 4)]
    [TestCase(3, 60.1, 0)]
    public void Returns_AwayForSoLong_CountsWhatCameBackAtOnce(int before, double? awaySeconds, int expected) =>
        Assert.That(Minute.Returns(before, awaySeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null), Is.EqualTo(expected));

    [TestCase(0, 0)]
    [TestCase(1, 7.5)]
    [TestCase(2, 15)]
    [TestCase(3, 30)]
    [TestCase(4, 60)]
    [TestCase(40, 60)]
    public void Stay_SoManyReturns_DoublesUpToTheWindow(int returns, double seconds) =>
        Assert.That(Minute.Stay(returns), Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [Test]
    public void Returns_NoWindow_ProtectsNothing() => Assert.That(new ReturnPolicy(TimeSpan.Zero).Returns(2, TimeSpan.Zero), Is.Zero);

    [Test]
    public void Stay_AnyHistory_IsBoundedAndNeverShorterForMoreReturns() =>
        Gen.Select(Gen.Double[0, 3600], Gen.Double[0, 4000].Array[0, 30]).Sample((window, absences) =>
        {
            var policy = new ReturnPolicy(TimeSpan.FromSeconds(window));
            var returns = 0;
            foreach (var away in absences.Select(TimeSpan.FromSeconds))
            {
                var next = policy.Returns(returns, away);
                if (policy.Stay(next) > policy.Window || (away > policy.Window && next != 0) || (next > 0 && policy.Stay(next) < policy.Stay(returns)))
                    return false;
                returns = next;
            }

            return true;
        });
}
