using Inference.Services.Pipelines;

namespace Inference.Services.Tests.Pipelines;

public sealed class LogThrottleTests
{
    [Test]
    public void TryTake_ManyWithinASecond_LetsOneThroughAndTellsTheNextOfTheOthers()
    {
        var clock = new ManualClock();
        var throttle = new LogThrottle(clock);

        var first = Enumerable.Range(0, 5).Select(_ => throttle.TryTake(out var held) ? held : -1).ToList();
        clock.Now += clock.TimestampFrequency - 1;
        var justBefore = throttle.TryTake(out _);
        clock.Now++;
        var later = throttle.TryTake(out var heldBack);

        Assert.Multiple(() =>
        {
            Assert.That(first, Is.EqualTo(new long[] { 0, -1, -1, -1, -1 }));
            Assert.That((justBefore, later, heldBack), Is.EqualTo((false, true, 5L)));
        });
    }

    [Test]
    public void TryTake_FromManyThreads_LetsOneThroughAndLosesNone()
    {
        var clock = new ManualClock();
        var throttle = new LogThrottle(clock);
        var taken = 0;

        Parallel.For(0, 10_000, _ => Interlocked.Add(ref taken, throttle.TryTake(out var _) ? 1 : 0));
        clock.Now += clock.TimestampFrequency;
        throttle.TryTake(out var heldBack);

        Assert.That((taken, heldBack), Is.EqualTo((1, 9_999L)));
    }

    private sealed class ManualClock : TimeProvider
    {
        public long Now { get; set; } = 42;

        public override long GetTimestamp() => Now;
    }
}
