namespace Inference.Infra.Queue.Waiting;

/// <summary>
/// Requests that wait for room in the queue. Within a level they go in in the order in which they came, and a level that is
/// full by its own limits is in nobody else's way. Not thread-safe: its executor's lock guards it.
/// </summary>
internal sealed class BlockedQueue
{
    private readonly EntryList[] _levels;
    private readonly bool[] _passed;
    private readonly long _ageing;

    /// <summary>Creates it.</summary>
    /// <param name="levels">Levels of priority.</param>
    /// <param name="ageing">Ticks after which a request counts as one level higher; 0 for never.</param>
    public BlockedQueue(int levels, long ageing)
    {
        _levels = new EntryList[levels];
        for (var i = 0; i < levels; i++)
            _levels[i] = new EntryList();
        _passed = new bool[levels];
        _ageing = ageing;
    }

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    public void Add(Entry entry)
    {
        entry.State = EntryState.Blocked;
        _levels[entry.Level - 1].AddLast(entry);
        Count++;
    }

    /// <summary>Puts one back where it was.</summary>
    public void PutBack(Entry entry)
    {
        _levels[entry.Level - 1].AddFirst(entry);
        Count++;
    }

    public void Remove(Entry entry)
    {
        entry.List!.Remove(entry);
        Count--;
    }

    /// <summary>The one that goes in next; null where none waits but in levels that are passed over.</summary>
    public Entry? Next(long now)
    {
        Entry? best = null;
        for (var i = 0; i < _levels.Length; i++)
        {
            if (!_passed[i])
                best = SignatureQueue.First(best, _levels[i].First, now, _ageing);
        }

        return best;
    }

    /// <summary>Leaves a level out until <see cref="PassNone"/>.</summary>
    public void Pass(int level) => _passed[level - 1] = true;

    /// <summary>Looks at all levels again.</summary>
    public void PassNone() => Array.Clear(_passed);
}
