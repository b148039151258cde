using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Tests.Queue.Waiting;

[TestFixture]
internal sealed class BlockedQueueTests
{
    [Test]
    public void Next_Levels_HighestFirstAndInOrderWithin()
    {
        var queue = new BlockedQueue(3, 0);
        var entries = new[] { 2, 1, 3, 1, 2 }.Select((level, i) => Entries.Make(i, level: level)).ToList();
        entries.ForEach(queue.Add);
        Assert.That(entries.Select(e => e.State), Has.All.EqualTo(EntryState.Blocked));
        Assert.That(Drain(queue).Select(e => entries.IndexOf(e)), Is.EqualTo(new[] { 1, 3, 0, 4, 2 }));
        Assert.That((queue.Count, queue.Next(0)), Is.EqualTo((0, (Entry?)null)));
    }

    [Test]
    public void Next_Aged_GoesBeforeTheHigher()
    {
        var queue = new BlockedQueue(2, 100);
        var old = Entries.Make(0, level: 2);
        var young = Entries.Make(60, level: 1);
        queue.Add(old);
        queue.Add(young);
        Assert.That((queue.Next(99), queue.Next(100)), Is.EqualTo((young, old)));
    }

    [Test]
    public void Pass_Level_IsLeftOutUntilNoneIs()
    {
        var queue = new BlockedQueue(2, 0);
        var (high, low) = (Entries.Make(0, level: 1), Entries.Make(0, level: 2));
        queue.Add(high);
        queue.Add(low);
        queue.Pass(1);
        Assert.That(queue.Next(0), Is.SameAs(low));
        queue.PassNone();
        Assert.That(queue.Next(0), Is.SameAs(high));
    }

    [Test]
    public void PutBack_OneThatDidNotFit_IsStillTheFirst()
    {
        var queue = new BlockedQueue(1, 0);
        var first = Entries.Make(0);
        queue.Add(first);
        queue.Add(Entries.Make(1));
        queue.Remove(first);
        queue.PutBack(first);
        Assert.That((queue.Next(5), queue.Count), Is.EqualTo((first, 2)));
    }

    private static List<Entry> Drain(BlockedQueue queue)
    {
        var entries = new List<Entry>();
        while (queue.Next(10) is { } entry)
        {
            queue.Remove(entry);
            entries.Add(entry);
        }

        return entries;
    }
}
