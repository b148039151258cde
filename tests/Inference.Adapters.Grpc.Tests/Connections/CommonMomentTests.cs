using Inference.Adapters.Grpc.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Adapters.Grpc.Tests.Connections;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class CommonMomentTests
{
    private static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(20);
    private readonly FakeTimeProvider _time = new();

    [Test]
    public void Next_AskedAtDifferentTimes_IsTheSameMomentForAll()
    {
        using var moment = new CommonMoment(Ahead, _time);
        var first = moment.Next();
        _time.Advance(Ahead / 2);
        var second = moment.Next();
        Assert.That((first.IsCompleted, second.IsCompleted), Is.EqualTo((false, false)));

        _time.Advance(Ahead / 2);
        Assert.That((first.IsCompleted, second.IsCompleted), Is.EqualTo((true, true)));
    }

    [Test]
    public void Next_AfterAMoment_IsAnother()
    {
        using var moment = new CommonMoment(Ahead, _time);
        _ = moment.Next();
        _time.Advance(Ahead);
        var next = moment.Next();
        Assert.That(next.IsCompleted, Is.False);

        _time.Advance(Ahead);
        Assert.That(next.IsCompleted, Is.True);
    }

    [Test]
    public void Dispose_OneWaits_WaitsNoLongerAndNobodyDoesAfterIt()
    {
        var moment = new CommonMoment(Ahead, _time);
        var waits = moment.Next();
        moment.Dispose();
        Assert.That((waits.IsCompleted, moment.Next().IsCompleted), Is.EqualTo((true, true)));
    }
}
