using Inference.Infra.Queue.Waiting;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.Tests.Queue.Waiting;

[TestFixture]
internal sealed class DueTimerTests
{
    private readonly FakeTimeProvider _time = new();
    private int _fired;
    private DueTimer _timer = null!;

    [SetUp]
    public void Create()
    {
        _fired = 0;
        _timer = new DueTimer(_time, () => _fired++);
    }

    [TearDown]
    public void Dispose() => _timer.Dispose();

    [Test]
    public void Set_Time_FiresThenAndOnce()
    {
        _timer.Set(In(10));
        Advance(9);
        Assert.That(_fired, Is.Zero);
        Advance(1);
        Assert.That(_fired, Is.EqualTo(1));
        Advance(100);
        Assert.That(_fired, Is.EqualTo(1));
    }

    [Test]
    public void Set_Earlier_FiresEarlier()
    {
        _timer.Set(In(10));
        _timer.Set(In(5));
        Advance(5);
        Assert.That(_fired, Is.EqualTo(1));
    }

    [Test]
    public void Set_Later_StaysAsItIs()
    {
        var first = In(5);
        _timer.Set(first);
        _timer.Set(In(10));
        Assert.That(_timer.Due, Is.EqualTo(first));
        Advance(5);
        Assert.That(_fired, Is.EqualTo(1));
    }

    [Test]
    public void Set_AfterItHasFired_FiresAgain()
    {
        for (var i = 1; i <= 3; i++)
        {
            _timer.Set(In(2));
            Advance(2);
            Assert.That(_fired, Is.EqualTo(i));
            _timer.Fired();
            Assert.That(_timer.Due, Is.EqualTo(long.MaxValue));
        }
    }

    [Test]
    public void Set_Past_FiresAtTheNextTick()
    {
        _timer.Set(_time.GetTimestamp() - 5);
        Advance(1);
        Assert.That(_fired, Is.EqualTo(1));
    }

    [Test]
    public void Set_BetweenTwoMilliseconds_NeverFiresBefore()
    {
        _timer.Set(In(3) + 1);
        Advance(3);
        Assert.That(_fired, Is.Zero);
        Advance(1);
        Assert.That(_fired, Is.EqualTo(1));
    }

    [Test]
    public void Set_Never_DoesNothing()
    {
        _timer.Set(long.MaxValue);
        Advance(1e9);
        Assert.That(_fired, Is.Zero);
    }

    [Test]
    public void Set_AfterDispose_DoesNothing()
    {
        _timer.Set(In(1));
        _timer.Dispose();
        _timer.Set(In(0));
        Advance(10);
        Assert.That(_fired, Is.Zero);
    }

    private long In(double milliseconds) => _time.GetTimestamp() + (long)(milliseconds * _time.TimestampFrequency / 1000);

    private void Advance(double milliseconds) => _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
