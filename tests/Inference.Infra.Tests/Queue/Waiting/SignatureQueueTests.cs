using CsCheck;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Tests.Queue.Waiting;

/// <summary>Strict priority with ageing.</summary>
[TestFixture]
internal sealed class SignatureQueueTests
{
    private const int Levels = 4;
    private const long Ageing = 100;

    [TestCase(3, 0, 3)]
    [TestCase(3, 99, 3)]
    [TestCase(3, 100, 2)]
    [TestCase(3, 200, 1)]
    [TestCase(3, 100_000, 1)]
    [TestCase(1, 100_000, 1)]
    public void EffectiveLevel_Waited_IsLifted(int level, long waited, long expected)
    {
        var entry = Entries.Make(accepted: 50, level: level);
        Assert.That(SignatureQueue.EffectiveLevel(entry, 50 + waited, Ageing), Is.EqualTo(expected));
        Assert.That(SignatureQueue.EffectiveLevel(entry, 50 + waited, 0), Is.EqualTo(level), "without ageing");
    }

    [Test]
    public void Best_AnyRequests_HighestEffectiveLevelThenOldest()
    {
        Gen.Select(Gen.Int[1, Levels], Gen.Long[0, 30]).Array[1, 40].Sample(arrivals =>
        {
            var queue = new SignatureQueue(Signature.Only, Levels);
            var waiting = new List<Entry>();
            long now = 0;
            foreach (var (level, wait) in arrivals)
            {
                now += wait;
                waiting.Add(Entries.Make(now, level: level));
                queue.Add(waiting[^1]);
            }

            while (waiting.Count > 0)
            {
                var best = queue.Best(now, Ageing)!;
                var expected = waiting.MinBy(e => (SignatureQueue.EffectiveLevel(e, now, Ageing), e.Accepted))!;
                Assert.That((SignatureQueue.EffectiveLevel(best, now, Ageing), best.Accepted), Is.EqualTo((SignatureQueue.EffectiveLevel(expected, now, Ageing), expected.Accepted)));
                Assert.That(waiting.First(e => e.Level == best.Level), Is.SameAs(best), "within a level in order");
                queue.Remove(best);
                waiting.Remove(best);
                Assert.That((queue.Count, queue.Rows), Is.EqualTo((waiting.Count, waiting.Sum(e => e.Rows))));
                now += 7;
            }

            Assert.That(queue.Best(now, Ageing), Is.Null);
        });
    }

    [Test]
    public void Best_EndlessFloodOfTheHighestLevel_AnyLevelGoesOnceItHasAged()
    {
        Gen.Select(Gen.Int[2, Levels], Gen.Long[1, 40]).Sample((level, step) =>
        {
            var queue = new SignatureQueue(Signature.Only, Levels);
            var low = Entries.Make(0, level: level);
            queue.Add(low);
            for (long now = 1; ; now += step)
            {
                queue.Add(Entries.Make(now, level: 1));
                queue.Add(Entries.Make(now, level: 1));
                var best = queue.Best(now, Ageing)!;
                queue.Remove(best);
                if (best == low)
                    return now >= Ageing;

                // What came before it had aged goes first, which is a bounded number.
                if (now > ((level - 1) * Ageing) + step)
                    return false;
            }
        });
    }

    [Test]
    public void LatestStart_Deadlines_EarliestCounts()
    {
        var queue = new SignatureQueue(Signature.Only, Levels);
        Assert.That(queue.LatestStart(10), Is.EqualTo(long.MaxValue));
        queue.Add(Entries.Make());
        Assert.That(queue.LatestStart(10), Is.EqualTo(long.MaxValue));
        queue.Add(Entries.Make(deadline: 500));
        Assert.That(queue.LatestStart(10), Is.EqualTo(490));
        queue.Add(Entries.Make(queueDeadline: 300, level: 2));
        Assert.That(queue.LatestStart(10), Is.EqualTo(300), "a queue timeout is for the start alone");
        queue.Add(Entries.Make(queueDeadline: 300, deadline: 305, level: 3));
        Assert.That(queue.LatestStart(10), Is.EqualTo(295));
    }

    [Test]
    public void Oldest_SeveralLevels_OfAll()
    {
        var queue = new SignatureQueue(Signature.Only, Levels);
        Assert.That(queue.Oldest, Is.EqualTo(long.MaxValue));
        queue.Add(Entries.Make(20, level: 1));
        queue.Add(Entries.Make(10, level: 3));
        Assert.That(queue.Oldest, Is.EqualTo(10));
    }
}
