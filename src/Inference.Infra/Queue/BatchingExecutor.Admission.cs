using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Queue;

/// <summary>Who is let in: limits of the queue, the predicted wait, streams that wait for room.</summary>
internal sealed partial class BatchingExecutor
{
    // What is let in with no time to spare may be too late when its turn comes, and leaves its batch half empty.
    private const double Caution = 1.2;

    private static readonly TimeSpan LeastRetry = TimeSpan.FromMilliseconds(1);

    // Whether a request will run together with those that wait before it; else each of them has a run of its own.
    private bool SharesRuns => _shares && !_runsApart;

    // Takes a request in; else says why not.
    private InferenceException? Admit(Entry entry)
    {
        InferenceException? error;
        lock (_gate)
        {
            error = TryAdmit(entry);
            if (error is null)
            {
                Watch(entry);
                Arrived(entry);
            }
            else
                entry.State = EntryState.Done;
        }

        return error;
    }

    private InferenceException? TryAdmit(Entry entry)
    {
        var now = Now;
        if (entry.State == EntryState.Done)
            return StoppedBeforeQueued(entry);
        if (_closed)
            return QueueErrors.Closed(Label);
        if (Predict(entry, now) is { } tooLate)
        {
            Observer?.Refused(RefusalReason.Deadline);
            return tooLate;
        }

        if (entry.Context.WaitsForRoom)
        {
            _blocked.Add(entry);
            AdmitBlocked(now);
            return null;
        }

        if (_queue.TryAdd(entry, SignatureOf(entry)) is not { } reason)
            return null;
        Observer?.Refused(reason);
        return QueueErrors.Full(Label, reason, _queue.Load, _options.Queue, _budget.MaxBytes, RetryAfter(entry, now));
    }

    // There may be room for those that wait for it. The lock is held.
    private bool AdmitBlocked(long now)
    {
        var any = false;
        while (_blocked.Next(now) is { } entry)
        {
            _blocked.Remove(entry);
            var reason = _queue.TryAdd(entry, SignatureOf(entry));
            if (reason == RefusalReason.TotalBytes)
            {
                _budget.WaitForRoom(_unblock);
                reason = _queue.TryAdd(entry, SignatureOf(entry));
            }

            if (reason is null)
            {
                any = true;
                continue;
            }

            // A level with limits of its own may be full while there is room for others.
            _blocked.PutBack(entry);
            if (reason == RefusalReason.TotalBytes || !_queue.HasOwnLimits(entry.Level))
                break;
            _blocked.Pass(entry.Level);
        }

        _blocked.PassNone();
        return any;
    }

    private void Unblock()
    {
        bool any;
        lock (_gate)
            any = !_closed && AdmitBlocked(Now);
        if (any)
            Signal();
    }

    // Refuses what cannot be answered in time by what is known; notes what was predicted. The lock is held.
    private InferenceException? Predict(Entry entry, long now)
    {
        if (_costs.Guess(entry.Rows) <= 0)
            return null;
        entry.Forecast = PredictWait(entry.Level, now);
        var wait = _waits.Correct(now, entry.Forecast);
        var isFree = _waits.Running < Info.Lanes && _queue.IsEmpty;
        entry.Predicted = isFree ? -1 : wait;
        if (entry.Due == long.MaxValue)
            return null;

        // With a free lane only what no run has ever done is refused, and the model is tried again once in a while. Else it
        // will run together with those before it.
        var run = isFree ? _costs.AtLeast(entry.Rows) : RunOf(entry) * Caution;
        var isTried = _waits.Running == 0 && now - _freeSince > _time.TimestampFrequency;
        wait = isFree ? 0 : wait;
        var late = Lateness(entry, now, wait, run, isFree ? 1 : _margin.Factor);
        if (late <= 0 || isTried)
            return null;
        _isCautious |= Lateness(entry, now, wait, run, 1) <= 0;
        if (_refusedAt == 0 && _waits.Running > 0)
            (_refusedAt, _refusedForecast) = (now, entry.Forecast);
        return QueueErrors.TooLate(Label, Span(wait), Span(run), Span(entry.Due - now), Span(late));
    }

    // Ticks that a request would come too late; no more than 0 where it would not.
    private static double Lateness(Entry entry, long now, double wait, double run, double margin) =>
        Math.Max(now + ((wait + run) * margin) - entry.Context.Deadline, now + (wait * margin) - entry.Due);

    private double PredictWait(int level, long now)
    {
        var (requests, rows) = _queue.Ahead(level);
        return SharesRuns
            ? _waits.Predict(now, UsableLanes, rows / MaxRows, _costs.Guess(MaxRows))
            : _waits.Predict(now, UsableLanes, requests, _costs.Guess(rows / Math.Max(1, requests)));
    }

    // More may come until its batch is closed: as many as came to those before.
    private double RunOf(Entry entry)
    {
        if (!SharesRuns)
            return _costs.Guess(entry.Rows);
        var batch = Math.Min(MaxRows, Math.Max(_usualRows, _queue.Ahead(entry.Level).Rows + entry.Rows));
        return _costs.Guess(Math.Max(entry.Rows, (long)batch));
    }

    private TimeSpan RetryAfter(Entry entry, long now)
    {
        // When half of what waits is gone there will be room again.
        var wait = Span(_waits.Correct(now, PredictWait(entry.Level, now)) / 2);
        return wait > LeastRetry ? wait : LeastRetry;
    }

    private Signature SignatureOf(Entry entry) => _shares ? Signature.Of(entry.Inputs, Plan.Shared) : Signature.Only;

    private InferenceException StoppedBeforeQueued(Entry entry)
    {
        var cause = entry.Stop ?? StopCause.Cancelled;
        Observer?.Stopped(StopPlace.Queued, cause);
        return QueueErrors.Stopped(Label, cause, Span(Now - entry.Accepted), null);
    }
}
