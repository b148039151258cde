using Inference.Adapters.Grpc.Connections;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Adapters.Grpc.Tests.Connections;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ReadPaceTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly CommonMoment _moment;
    private readonly ReadPace _pace;

    public ReadPaceTests()
    {
        _moment = new CommonMoment(_time);
        _pace = new ReadPace(_moment, _time);
    }

    public void Dispose() => _moment.Dispose();

    [Test]
    public void Next_NothingWasRefused_IsNull()
    {
        _pace.Called("a");
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
        Assert.That((_pace.Next(), _pace.Next(), _pace.Next()), Is.EqualTo((_moment.Next(), _moment.Next(), (Task?)null)));
    }

    [TestCase(49, false)]
    [TestCase(50, true)]
    public void Refused_TimeThatItHadLeft_WaitsWhereThereIsEnough(int milliseconds, bool waits)
    {
        _pace.Called("a");
        _pace.Refused(TimeSpan.FromMilliseconds(milliseconds));
        Assert.That(_pace.Next() is not null, Is.EqualTo(waits));
    }

    [Test]
    public void Refused_RequestsAskSeveralModels_DoesNotWaitUntilTheyHaveAskedOneForAWhile()
    {
        Refuse("a");
        _pace.Next();
        _pace.Next();
        _pace.Called("b");
        Refuse("a");
        Assert.That(_pace.Next(), Is.Null);

        _time.Advance(ReadPace.Memory);
        Refuse("a");
        Assert.That(_pace.Next(), Is.Null);

        _time.Advance(TimeSpan.FromTicks(1));
        Refuse("a");
        Assert.That(_pace.Next(), Is.Not.Null);
    }

    private void Refuse(string model)
    {
        _pace.Called(model);
        _pace.Refused(TimeSpan.MaxValue);
    }
}
