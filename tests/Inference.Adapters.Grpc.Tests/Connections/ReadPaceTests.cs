using Inference.Adapters.Grpc.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Adapters.Grpc.Tests.Connections;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ReadPaceTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ReadMoments _moments;
    private readonly ReadPace _pace;

    public ReadPaceTests()
    {
        _moments = new ReadMoments(_time);
        _pace = new ReadPace(_moments, _time);
    }

    public void Dispose() => _moments.Dispose();

    [Test]
    public void Next_NothingWasRefused_IsNull()
    {
        _pace.Called("a", TimeSpan.MaxValue);
        Assert.That(_pace.Next(), Is.Null);
    }

    [Test]
    public void Next_ARequestWasRefused_TwoReadsWait()
    {
        Refuse("a");
        Assert.That(_pace.Next(), Is.Not.Null);
        Assert.That(_pace.Next(), Is.Not.Null);
        Assert.That(_pace.Next(), Is.Null);
    }

    [Test]
    public void Next_ManyWereRefused_WaitsNoLongerThanForOne()
    {
        for (var i = 0; i < 100; i++)
            Refuse("a");
        Assert.That((_pace.Next(), _pace.Next(), _pace.Next()), Is.EqualTo((_moments.Later.Next(), _moments.Later.Next(), (Task?)null)));
    }

    [TestCase(-1, false)]
    [TestCase(0, true)]
    public void Refused_TimeThatItHadLeft_WaitsWhereThereIsEnough(int more, bool waits)
    {
        _pace.Called("a", ReadPace.LeastTime + TimeSpan.FromTicks(more));
        _pace.Refused();
        Assert.That(_pace.Next() is not null, Is.EqualTo(waits));
    }

    [Test]
    public void Refused_AnotherRequestHadLittleTime_DoesNotWaitForAWhile()
    {
        _pace.Called("a", TimeSpan.FromMilliseconds(10));
        WaitsAgainAfterAWhile();
    }

    [TestCase(-1, true)]
    [TestCase(0, false)]
    public void Refused_ARequestHasLessThanAmpleTime_WaitsForASoonerMomentForAWhile(int more, bool sooner)
    {
        _pace.Called("a", ReadPace.AmpleTime + TimeSpan.FromTicks(more));
        _time.Advance(ReadPace.Memory);
        Refuse("a");
        Assert.That(_pace.Next(), Is.SameAs((sooner ? _moments.Soon : _moments.Later).Next()));

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.That(_pace.Next(), Is.SameAs(_moments.Later.Next()));
    }

    [Test]
    public void Held_AReadWaited_IsHowLongUntilOneDoesNot()
    {
        Refuse("a");
        _pace.Next();
        Assert.That(_pace.Held, Is.EqualTo(TimeSpan.Zero));
        _time.Advance(TimeSpan.FromMilliseconds(7));
        _pace.Paused();
        Assert.That(_pace.Held, Is.EqualTo(TimeSpan.FromMilliseconds(7)));

        _pace.Next();
        Assert.That(_pace.Held, Is.EqualTo(TimeSpan.FromMilliseconds(7)));
        _time.Advance(TimeSpan.FromMilliseconds(3));
        _pace.Paused();
        Assert.That(_pace.Held, Is.EqualTo(TimeSpan.FromMilliseconds(3)));

        _pace.Next();
        Assert.That(_pace.Held, Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public void Refused_RequestsAskSeveralModels_DoesNotWaitUntilTheyHaveAskedOneForAWhile()
    {
        Refuse("a");
        _pace.Next();
        _pace.Next();
        _pace.Called("b", TimeSpan.MaxValue);
        Refuse("a");
        Assert.That(_pace.Next(), Is.Null);

        WaitsAgainAfterAWhile();
    }

    private void WaitsAgainAfterAWhile()
    {
        _time.Advance(ReadPace.Memory);
        Refuse("a");
        Assert.That(_pace.Next(), Is.Null);

        _time.Advance(TimeSpan.FromTicks(1));
        Refuse("a");
        Assert.That(_pace.Next(), Is.Not.Null);
    }

    private void Refuse(string model)
    {
        _pace.Called(model, TimeSpan.MaxValue);
        _pace.Refused();
    }
}
