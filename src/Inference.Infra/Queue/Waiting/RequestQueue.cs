using Inference.Domain.Execution;

namespace Inference.Infra.Queue.Waiting;

/// <summary>The requests of one model that wait for a lane, within the limits of the queue. Not thread-safe: its executor's lock guards it.</summary>
/// <param name="options">Limits and levels.</param>
/// <param name="ageing">Ticks after which a request counts as one level higher; 0 for never.</param>
/// <param name="budget">Bytes of all queues together.</param>
internal sealed class RequestQueue(QueueOptions options, long ageing, QueueBudget budget)
{
    private readonly Dictionary<Signature, SignatureQueue> _signatures = [];
    private readonly EntryList _alone = new();
    private readonly Usage[] _levels = new Usage[options.PriorityLevels];
    private Usage _all;

    /// <summary>What waits.</summary>
    public QueueLoad Load => new(_all.Count, _all.Rows, _all.Bytes, 0);

    /// <summary>Nothing waits. May be read without the lock.</summary>
    public bool IsEmpty => Volatile.Read(ref _all.Count) == 0;

    /// <summary>The level has limits beside those of the queue.</summary>
    public bool HasOwnLimits(int level) => options.OfLevel(level) is not null;

    /// <summary>Takes a request in, or says what is in its way.</summary>
    /// <param name="entry">The request.</param>
    /// <param name="signature">Its signature.</param>
    public RefusalReason? TryAdd(Entry entry, Signature signature)
    {
        if (Exceeded(entry) is { } reason)
            return reason;
        if (!budget.TryTake(entry.Bytes))
            return RefusalReason.TotalBytes;
        if (!_signatures.TryGetValue(signature, out var queue))
            _signatures.Add(signature, queue = new SignatureQueue(signature, options.PriorityLevels));
        entry.Queue = queue;
        entry.State = EntryState.Queued;
        queue.Add(entry);
        Count(entry, 1);
        return null;
    }

    /// <summary>Puts a request back whose batch failed, before all others.</summary>
    public void AddAlone(Entry entry)
    {
        entry.IsAlone = true;
        entry.State = EntryState.Queued;
        entry.Queue = null;
        _alone.AddLast(entry);
        Count(entry, 1);
    }

    /// <summary>Takes a request out, to be run or answered.</summary>
    public void Remove(Entry entry)
    {
        Count(entry, -1);
        if (entry.Queue is not { } queue)
        {
            _alone.Remove(entry);
            return;
        }

        budget.Give(entry.Bytes);
        queue.Remove(entry);
        entry.Queue = null;

        // Kept while it is the only one, which it mostly is; else clients that make up shapes would fill the table.
        if (queue.Count == 0 && _signatures.Count > 1)
            _signatures.Remove(queue.Signature);
    }

    /// <summary>The request that is to run by itself before all others; null where there is none.</summary>
    public Entry? NextAlone => _alone.First;

    /// <summary>Requests by signature; some of them may be empty.</summary>
    public Dictionary<Signature, SignatureQueue>.ValueCollection Signatures => _signatures.Values;

    /// <summary>The request of that signature that goes next; null where none waits.</summary>
    public Entry? Next(SignatureQueue queue, long now) => queue.Best(now, ageing);

    /// <summary>What goes before a newcomer of that level, about: requests of its level and of higher ones, and their rows.</summary>
    public (int Requests, long Rows) Ahead(int level)
    {
        var (requests, rows) = (0, 0L);
        for (var i = 0; i < level; i++)
        {
            requests += _levels[i].Count;
            rows += _levels[i].Rows;
        }

        return (requests, rows);
    }

    /// <summary>All that wait, to be answered; none does any more.</summary>
    public List<Entry> Clear()
    {
        var entries = new List<Entry>();
        while (NextAlone is { } alone)
            Take(alone);
        foreach (var queue in _signatures.Values.ToList())
        {
            while (Next(queue, 0) is { } entry)
                Take(entry);
        }

        return entries;

        void Take(Entry entry)
        {
            Remove(entry);
            entries.Add(entry);
        }
    }

    // A request that finds nothing before it is always taken, whatever its size: it would never fit.
    private RefusalReason? Exceeded(Entry entry)
    {
        var level = options.OfLevel(entry.Level);
        return Exceeded(_all, entry, options.MaxRows, options.MaxBytes, 0)
            ?? (level is null ? null : Exceeded(_levels[entry.Level - 1], entry, level.MaxRows, level.MaxBytes, level.MaxRequests));
    }

    private static RefusalReason? Exceeded(in Usage usage, Entry entry, long maxRows, long maxBytes, int maxRequests)
    {
        if (usage.Count == 0)
            return null;
        if (maxRequests > 0 && usage.Count >= maxRequests)
            return RefusalReason.QueueRequests;
        if (maxRows > 0 && usage.Rows + entry.Rows > maxRows)
            return RefusalReason.QueueRows;
        return maxBytes > 0 && usage.Bytes + entry.Bytes > maxBytes ? RefusalReason.QueueBytes : null;
    }

    private void Count(Entry entry, int sign)
    {
        _all.Add(entry, sign);
        _levels[entry.Level - 1].Add(entry, sign);
    }

    private struct Usage
    {
        public int Count;
        public long Rows;
        public long Bytes;

        public void Add(Entry entry, int sign)
        {
            Count += sign;
            Rows += sign * entry.Rows;
            Bytes += sign * entry.Bytes;
        }
    }
}
