using Inference.Domain.Execution;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Queue;

/// <summary>How requests end before their answer: cancelled, expired, given up.</summary>
internal sealed partial class BatchingExecutor
{
    /// <summary>Ends a request early, wherever it stands; does nothing where its answer is decided.</summary>
    internal void Stop(Entry entry, StopCause cause)
    {
        bool isAnsweredNow, isRoom;
        Batch? batch;
        lock (_gate)
        {
            batch = entry.Batch;
            isAnsweredNow = Leave(entry, cause);
            isRoom = isAnsweredNow && _blocked.Count > 0;
        }

        if (!isAnsweredNow)
            return;
        if (isRoom)
            Unblock();
        var now = Now;
        var begun = batch?.Begun ?? now;
        entry.Context.Timings.Queue += begun - entry.Accepted;
        entry.Context.Timings.Execute += now - begun;
        if (entry.Context.Trace is { } trace)
        {
            trace.Add(new StageInterval(Stage.Queue, entry.Accepted, begun));
            if (batch is not null)
                trace.Add(new StageInterval(Stage.Execute, begun, now, batch.Rows));
        }

        Observer?.Stopped(batch is null ? StopPlace.Queued : StopPlace.Running, cause);
        entry.Fail(QueueErrors.Stopped(Label, cause, Span(begun - entry.Accepted), batch is null ? null : Span(now - begun)));
    }

    // True where the caller is to answer it now. The lock is held.
    private bool Leave(Entry entry, StopCause cause)
    {
        if (entry.State == EntryState.Done || entry.Stop is not null)
            return false;
        entry.Stop = cause;
        if (cause != StopCause.Cancelled && entry.State is not (EntryState.New or EntryState.Blocked))
            _margin.Late();
        switch (entry.State)
        {
            case EntryState.New:
                // Answered by whoever takes it in.
                entry.State = EntryState.Done;
                return false;
            case EntryState.Blocked:
                _blocked.Remove(entry);
                Decide(entry);
                return true;
            case EntryState.Queued:
                _queue.Remove(entry);
                Decide(entry);
                return true;
            case EntryState.Merged:
                LeaveBatch(entry.Batch!);
                entry.Batch = null;
                Decide(entry);
                return true;
            default:
                // The run uses its inputs, so that it is answered when the run is over; which is told to end where nobody is left.
                if (entry.Batch is { } batch)
                    LeaveBatch(batch);
                else
                    entry.Lane?.Terminate();
                return false;
        }
    }

    private static void LeaveBatch(Batch batch)
    {
        batch.Live--;
        if (batch.Live > 0 || batch.Lane is null)
            return;
        batch.IsTerminated = true;
        batch.Lane.Terminate();
    }

    private void OnDue()
    {
        List<(Entry Entry, StopCause Cause)>? due = null;
        bool waits;
        lock (_gate)
        {
            _timer.Fired();
            var now = Now;
            while (_due.TakeDue(now) is { } entry)
                (due ??= []).Add((entry, CauseOf(entry.Context, now)));
            if (_due.Earliest != long.MaxValue)
                _timer.Set(_due.Earliest);
            waits = (EndAwait(now) || _maxDelay > 0) && !_queue.IsEmpty;
        }

        foreach (var (entry, cause) in due ?? [])
            Stop(entry, cause);

        // What is left may have waited long enough for others to share its run.
        if (waits)
            Signal();
    }

    // Has it told when its time has passed. The lock is held.
    private void Watch(Entry entry)
    {
        if (entry.Due == long.MaxValue || entry.HeapIndex >= 0)
            return;
        _due.Add(entry);
        _timer.Set(_due.Earliest);
    }

    // What becomes of it is decided; nothing can end it early any more. The lock is held.
    private void Decide(Entry entry)
    {
        entry.State = EntryState.Done;
        _due.Remove(entry);
    }

    private void AnswerLate(List<Entry> late)
    {
        var now = Now;
        foreach (var entry in late)
        {
            var waited = now - entry.Accepted;
            entry.Context.Timings.Queue += waited;
            entry.Context.Trace?.Add(new StageInterval(Stage.Queue, entry.Accepted, now));
            var isDue = entry.Due <= now;
            var cause = isDue ? CauseOf(entry.Context, now) : StopCause.Deadline;
            Observer?.Stopped(StopPlace.Queued, cause);
            entry.Fail(isDue ? QueueErrors.Stopped(Label, cause, Span(waited), null) : QueueErrors.Doomed(Label, Span(waited), Span(_costs.Guess(entry.Rows))));
        }
    }

    // Says that there is something to run. Where the device has stopped nothing that waits will ever run.
    private void Signal()
    {
        if (_pool.Signal())
            return;
        List<Entry> left;
        lock (_gate)
            left = Clear();
        foreach (var entry in left)
            entry.Fail(_closed ? QueueErrors.Closed(Label) : QueueErrors.DeviceStopped(Label));
    }

    // All that wait for a lane or for room, to be answered. The lock is held.
    private List<Entry> Clear()
    {
        var left = _queue.Clear();
        while (_blocked.Next(0) is { } blocked)
        {
            _blocked.Remove(blocked);
            left.Add(blocked);
        }

        foreach (var entry in left)
            Decide(entry);
        return left;
    }

    private static StopCause CauseOf(RequestContext context, long now) => now >= context.Deadline ? StopCause.Deadline : StopCause.QueueTimeout;
}
