namespace Inference.Infra.Queue.Waiting;

/// <summary>The waiting requests of one signature, by level of priority. Not thread-safe.</summary>
internal sealed class SignatureQueue
{
    private readonly EntryList[] _levels;

    public SignatureQueue(Signature signature, int levels)
    {
        Signature = signature;
        _levels = new EntryList[levels];
        for (var i = 0; i < levels; i++)
            _levels[i] = new EntryList();
    }

    public Signature Signature { get; }

    /// <summary>Rows of all levels.</summary>
    public long Rows { get; private set; }

    /// <summary>Bytes of all levels.</summary>
    public long Bytes { get; private set; }

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>When the first of those that wait came; <see cref="long.MaxValue"/> where none does.</summary>
    public long Oldest => _levels.Min(l => l.First?.Accepted ?? long.MaxValue);

    public void Add(Entry entry)
    {
        _levels[entry.Level - 1].AddLast(entry);
        Count++;
        Rows += entry.Rows;
        Bytes += entry.Bytes;
    }

    public void Remove(Entry entry)
    {
        entry.List!.Remove(entry);
        Count--;
        Rows -= entry.Rows;
        Bytes -= entry.Bytes;
    }

    /// <summary>When a run must start so that none of them waits too long or ends too late; <see cref="long.MaxValue"/> for any time.</summary>
    /// <param name="run">Ticks that the run takes.</param>
    public long LatestStart(long run)
    {
        var latest = long.MaxValue;
        foreach (var level in _levels)
        {
            for (var entry = level.First; entry is not null; entry = entry.Next)
                latest = Math.Min(latest, entry.Context.Deadline == long.MaxValue ? entry.Due : Math.Min(entry.Due, entry.Context.Deadline - run));
        }

        return latest;
    }

    /// <summary>The one that goes next: of the highest level, waiting counted in, and of those the one that came first.</summary>
    /// <param name="now">The time.</param>
    /// <param name="ageing">Ticks after which a request counts as one level higher; 0 for never.</param>
    public Entry? Best(long now, long ageing)
    {
        if (_levels.Length == 1)
            return _levels[0].First;
        var best = _levels[0].First;
        for (var i = 1; i < _levels.Length; i++)
            best = First(best, _levels[i].First, now, ageing);
        return best;
    }

    /// <summary>The one of two that goes first; null where there is none.</summary>
    public static Entry? First(Entry? one, Entry? other, long now, long ageing) =>
        one is null || (other is not null && Precedes(other, one, now, ageing)) ? other : one;

    /// <summary>Whether the first goes before the second.</summary>
    public static bool Precedes(Entry first, Entry second, long now, long ageing)
    {
        var (a, b) = (EffectiveLevel(first, now, ageing), EffectiveLevel(second, now, ageing));
        return a != b ? a < b : first.Accepted < second.Accepted;
    }

    /// <summary>The level that counts: waiting lifts a request up to the highest, not beyond.</summary>
    public static long EffectiveLevel(Entry entry, long now, long ageing) =>
        ageing <= 0 ? entry.Level : Math.Max(1, entry.Level - ((now - entry.Accepted) / ageing));
}
