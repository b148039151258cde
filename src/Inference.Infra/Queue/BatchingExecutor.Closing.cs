using Inference.Domain.Execution;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Queue;

/// <summary>What goes into the next batch. All of it under the lock.</summary>
internal sealed partial class BatchingExecutor
{
    // Runs differ by so much that a request which would be a little late may well be in time.
    private const double Doubt = 1.1;
    private const double UsualRuns = 8;

    // The batch to run now; null where nothing waits, or waits for others.
    private Batch? Close(ref List<Entry>? late)
    {
        // Whoever ends a run signals again. A lane more is always worth having for a request that shares no run.
        var now = Now;
        if (_shares && _waits.Running >= UsableLanes && !HasOneAlone(now))
        {
            _isHeldBack = true;
            return null;
        }

        while (true)
        {
            var members = new List<Entry>();
            var longest = Array.Empty<long>();
            var isLimited = false;
            if (_queue.NextAlone is { } alone)
            {
                if (alone.Due <= now)
                    TakeLate(alone, ref late);
                else
                    Take(alone, members, now);
            }
            else
            {
                if (Pick(now, out var rows) is not { } queue)
                    return null;
                longest = Fill(members, queue, rows, now, ref late, out isLimited);
            }

            if (members.Count > 0)
                return Begin(members, longest, now, isLimited);
        }
    }

    private bool HasOneAlone(long now)
    {
        foreach (var queue in _queue.Signatures)
        {
            if (_queue.Next(queue, now)?.Context.RunsAlone == true)
                return true;
        }

        return false;
    }

    // Of the signatures whose batch is to be run now the one whose turn it is, and the most rows to take of it. One that waits
    // for others is in nobody's way.
    private SignatureQueue? Pick(long now, out long rows)
    {
        rows = 0;
        SignatureQueue? picked = null;
        Entry? first = null;
        foreach (var queue in _queue.Signatures)
        {
            if (_queue.Next(queue, now) is not { } head || (first is not null && !SignatureQueue.Precedes(head, first, now, _ageing)))
                continue;
            var decision = Decide(queue, head, now);
            if (decision.IsClosed)
                (picked, first, rows) = (queue, head, decision.Rows);
            else
                _timer.Set(decision.WaitUntil);
        }

        return picked;
    }

    private BatchDecision Decide(SignatureQueue queue, Entry first, long now)
    {
        var max = _shares && !first.IsAlone ? MaxRows : 1;
        if (max > 1 && _awaited == 0 && !IsShared(queue, max))
            return BatchDecision.Close(first.Rows);
        if (max > 1 && Await(queue, max, now) is var until && until > now)
            return BatchDecision.Wait(until);
        if (_maxDelay == 0 && _options.Batching.PreferredRows.IsEmpty)
            return BatchDecision.Close(max);

        var latest = _maxDelay == 0 || queue.Rows >= max ? long.MaxValue : queue.LatestStart((long)_costs.Guess(queue.Rows));
        latest = latest == long.MaxValue ? latest : latest - _timerSlack;
        var isFull = max == 1 || queue.Bytes >= _options.Batching.MaxBytes;
        var candidate = new BatchCandidate(now, queue.Rows, max, isFull, queue.Oldest, latest);
        return BatchPolicy.Decide(candidate, _options.Batching.PreferredRows, _maxDelay);
    }

    // By what runs and copies took. Who set up batches has measured, too, and wants them.
    private bool IsShared(SignatureQueue queue, long max)
    {
        if (queue.Count < 2 || _options.Batching.IsAsked)
            return true;
        var part = Math.Min(1, Math.Min((double)max / queue.Rows, (double)_options.Batching.MaxBytes / queue.Bytes));
        var rows = (long)(queue.Rows * part);
        var requests = queue.Count * part;
        _runsApart = !_sharing.Pay(requests, _costs.Fastest(queue.Rows / queue.Count), _costs.Fastest(rows), queue.Bytes * part);
        return !_runsApart || _sharing.IsTriedAgain();
    }

    // Fills a batch in the order of the queue; what can no longer be answered in time is put aside. Returns the sizes to
    // fill up to; none where all are equal.
    private long[] Fill(List<Entry> members, SignatureQueue queue, long mostRows, long now, ref List<Entry>? late, out bool isLimited)
    {
        isLimited = false;
        long rows = 0;
        double bytes = 0;
        var isOverloaded = queue.Rows > mostRows;
        var planned = Math.Min(mostRows, queue.Rows);
        var longest = Array.Empty<long>();
        var isPadded = false;
        while (_queue.Next(queue, now) is { } entry)
        {
            if (members.Count == 0)
                planned = Math.Max(planned, entry.Rows);
            if (rows + entry.Rows <= planned && IsLate(entry, now, rows, ref planned, isOverloaded, isOnly: members.Count == 0 && queue.Count == 1))
            {
                TakeLate(entry, ref late);
                continue;
            }

            var sizes = Plan.IsNeeded && _shares ? Plan.SizesOf(entry.Inputs) : [];
            var (grown, changes) = Grow(longest, sizes, members.Count == 0);
            var bytesThen = sizes.Length == 0 ? bytes + entry.Bytes : (rows + entry.Rows) * Plan.BytesOfRow(entry.Inputs, grown);
            if (members.Count > 0 && !Fits(entry, rows, planned, bytesThen))
            {
                isLimited = !entry.IsAlone && rows + entry.Rows > MaxRows;
                break;
            }

            Take(entry, members, now);
            (rows, bytes, longest) = (rows + entry.Rows, bytesThen, grown);
            isPadded |= changes;
            if (entry.IsAlone)
                break;
        }

        return isPadded ? longest : [];
    }

    private bool Fits(Entry entry, long rows, long mostRows, double bytes) =>
        _shares && !entry.IsAlone && rows + entry.Rows <= mostRows && bytes <= _options.Batching.MaxBytes;

    private static (long[] Longest, bool Changes) Grow(long[] longest, long[] sizes, bool isFirst)
    {
        if (isFirst || sizes.AsSpan().SequenceEqual(longest))
            return (sizes, false);
        var grown = new long[sizes.Length];
        for (var i = 0; i < grown.Length; i++)
            grown[i] = Math.Max(longest[i], sizes[i]);
        return (grown, true);
    }

    // Whether a request is over, or would be before the planned batch is, which is cut for it where that is worth it. A
    // request that is alone is tried, since what is known may be out of date.
    private bool IsLate(Entry entry, long now, long rows, ref long planned, bool isOverloaded, bool isOnly)
    {
        if (entry.Due <= now)
            return true;
        if (isOnly || entry.Context.Deadline == long.MaxValue)
            return false;
        var inTime = BatchPolicy.RowsInTime(planned, rows + entry.Rows, (entry.Context.Deadline - now) * Doubt, isOverloaded, _guess);
        if (inTime == 0)
            return true;
        planned = inTime;
        return false;
    }

    private void TakeLate(Entry entry, ref List<Entry>? late)
    {
        _queue.Remove(entry);
        _margin.Late();
        Decide(entry);
        (late ??= []).Add(entry);
    }

    private void Take(Entry entry, List<Entry> members, long now)
    {
        _queue.Remove(entry);
        entry.State = EntryState.Taken;
        if (entry.Due != entry.Context.Deadline)
        {
            // It started in time and now has its deadline ahead.
            entry.Due = entry.Context.Deadline;
            if (entry.Due == long.MaxValue)
                _due.Remove(entry);
            else
                _due.Update(entry);
        }

        if (entry.Predicted >= 0)
        {
            _waits.Waited(now, entry.Forecast, now - entry.Accepted);
            Observer?.Waited((long)entry.Predicted, now - entry.Accepted);
            entry.Predicted = -1;
        }

        members.Add(entry);
    }

    private Batch Begin(List<Entry> members, long[] longest, long now, bool isLimited)
    {
        long rows = 0;
        foreach (var entry in members)
            rows += entry.Rows;
        if (_waits.Running < Info.Lanes && _maxDelay == 0)
            _waits.Delayed(now - Math.Max(members[0].Accepted, _freeSince));
        _waits.Began(now, _costs.Guess(rows));
        _usualRows += (rows - _usualRows) / UsualRuns;
        var batch = new Batch(this, members, rows, longest, now) { IsLimited = isLimited, Mark = _lanes.Began(_waits.Running) };
        foreach (var entry in members)
            entry.Batch = batch;
        return batch;
    }
}
