using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Queue;

/// <summary>What runs, and what becomes of it.</summary>
internal sealed partial class BatchingExecutor
{
    // As many requests are taken to have waited as the one that was refused: it stands for all that were.
    private const int RefusedWeigh = 16;

    /// <inheritdoc/>
    public IRun? Next(out bool more)
    {
        List<Entry>? late = null;
        Batch? batch;
        bool any;
        lock (_gate)
        {
            batch = Close(ref late);
            any = AdmitBlocked(Now);
            more = batch is not null && !_queue.IsEmpty;
        }

        if (late is not null)
            AnswerLate(late);
        if (batch is null && any)
            Signal();
        return batch;
    }

    /// <summary>A batch is about to run. Those that were stopped meanwhile are answered.</summary>
    /// <returns>False where nobody is left.</returns>
    internal bool Begin(Batch batch, ILane lane, bool isMerged)
    {
        List<Entry>? stopped = null;
        bool runs;
        lock (_gate)
        {
            if (isMerged)
                stopped = Free(batch);
            runs = batch.Live > 0;
            if (runs)
                batch.Lane = lane;
        }

        foreach (var entry in stopped ?? [])
            AnswerStopped(batch, entry);
        return runs;
    }

    // From now on each request can be answered by itself; those that were stopped meanwhile are to be answered now.
    private List<Entry>? Free(Batch batch)
    {
        List<Entry>? stopped = null;
        foreach (var entry in batch.Members)
        {
            if (entry.Stop is null)
            {
                entry.State = EntryState.Merged;
                continue;
            }

            Decide(entry);
            entry.Batch = null;
            (stopped ??= []).Add(entry);
        }

        return stopped;
    }

    /// <summary>The run is over: what its requests get is decided from now on.</summary>
    internal void End(Batch batch, ILane lane, long ticks, bool succeeded)
    {
        bool waits;
        lock (_gate)
        {
            batch.Lane = null;
            if (batch.IsTerminated)
                lane.Reset();
            Learn(batch.Rows, batch.Bytes, ticks, succeeded, batch.IsTerminated, batch.IsLimited);
            _sharing.Copied(batch.Bytes, batch.MergeTicks);
            if (succeeded && ticks > 0 && !batch.RunsAlone)
                _lanes.Ended(batch.Mark, _waits.Running, batch.Rows, batch.Bytes, ticks);
            (waits, _isHeldBack) = (_isHeldBack, false);
            _waits.Ended();
            _freeSince = Now;
            if (_shares && !batch.RunsAlone)
                _returns.Answered(batch.Rows);
            foreach (var entry in batch.Members)
            {
                if (entry.Batch != batch)
                    continue;
                if (entry.Due != long.MaxValue && entry.Stop is null)
                    _margin.InTime();
                Decide(entry);
            }

            // Nobody waits though some were refused for the margin alone: for them there would have been room.
            _margin.RunEnded(isExcessive: _isCautious && _queue.IsEmpty);
            _isCautious = false;
            LearnOfRefused();
        }

        // There was a lane, but it was not worth having; now it may be.
        if (waits)
            Signal();
    }

    /// <summary>Gives a request its part of the outputs.</summary>
    internal void Answer(Batch batch, Entry entry, TensorSet part, long splitTicks)
    {
        if (entry.Stop is null)
        {
            batch.AddTimes(entry, splitTicks);
            entry.Succeed(part);
            return;
        }

        part.Dispose();
        AnswerStopped(batch, entry);
    }

    /// <summary>Answers a request that was stopped before its batch was over.</summary>
    internal void AnswerStopped(Batch batch, Entry entry)
    {
        var cause = entry.Stop ?? StopCause.Cancelled;
        var ran = batch.InferTicks;
        batch.AddTimes(entry, 0);
        Observer?.Stopped(ran > 0 ? StopPlace.Running : StopPlace.Queued, cause);
        entry.Fail(QueueErrors.Stopped(Label, cause, Span(batch.Begun - entry.Accepted), ran > 0 ? Span(ran) : null));
    }

    /// <summary>A run has failed. Where several shared it, each runs once more by itself, so that only the guilty one fails.</summary>
    internal void Fail(Batch batch, InferenceException error)
    {
        var isShared = batch.Members.Count > 1;
        var isRetried = false;
        foreach (var entry in batch.Members)
        {
            if (entry.Batch != batch)
                continue;
            if (isShared && entry.Stop is null && Retry(entry))
            {
                // What this run took counts as waiting for the next.
                isRetried = true;
                continue;
            }

            if (entry.Stop is not null)
            {
                AnswerStopped(batch, entry);
                continue;
            }

            batch.AddTimes(entry, 0);
            entry.Fail(isShared ? QueueErrors.Closed(Label) : error);
        }

        if (isRetried)
            Signal();
    }

    // Puts it back to run by itself; not where it was stopped meanwhile or the executor closes.
    private bool Retry(Entry entry)
    {
        lock (_gate)
        {
            // A cancellation that came since the run ended found the request decided and did nothing.
            if (entry.Context.Cancellation.IsCancellationRequested)
                entry.Stop = StopCause.Cancelled;
            if (_closed || entry.Stop is not null)
                return false;
            entry.Batch = null;
            entry.Due = entry.Context.Deadline;
            _queue.AddAlone(entry);
            Watch(entry);
            return true;
        }
    }

    // One that was refused would have had its turn now, had it been let in: nobody else waits. What was let in teaches nothing of
    // that where next to nothing is let in.
    private void LearnOfRefused()
    {
        if (_refusedAt > 0 && _queue.IsEmpty)
            _waits.Waited(_freeSince, _refusedForecast, _freeSince - _refusedAt, requests: RefusedWeigh);
        _refusedAt = 0;
    }

    // A run that failed by itself may have ended at once, which says nothing about those that do not.
    private void Learn(long rows, long bytes, long ticks, bool succeeded, bool terminated, bool isLimited)
    {
        if (ticks == 0 || (!succeeded && !terminated))
            return;
        _costs.Add(rows, bytes, ticks, isComplete: !terminated);
        if (!terminated)
            _latency?.Add(rows, ticks, isLimited);
    }
}
