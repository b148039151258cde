using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Queue;

/// <summary>
/// A free lane waits for callers that were just answered, where they are known to ask again at once: a run that they share
/// takes less than their own run after this one would. Ended by the last of them to come, at the latest when half of what
/// could be saved is used up, or after five milliseconds. All of it under the lock.
/// </summary>
internal sealed partial class BatchingExecutor
{
    private const double ShareOfSaving = 0.5;

    // Who asks again at once is back by then, over a network, too.
    private static readonly TimeSpan LongestReturn = TimeSpan.FromMilliseconds(5);

    // When to go without them at the latest; now where nobody is waited for.
    private long Await(SignatureQueue queue, long max, long now)
    {
        if (_awaited > 0)
            return queue.Rows < _awaited && now < _awaitedUntil ? _awaitedUntil : StopAwaiting(now);

        // Beside other runs there is no lane that nobody uses, and among several signatures no saying who comes.
        var missing = Math.Min(_returns.Missing, max - queue.Rows);
        if (missing <= 0 || _waits.Running > 0 || _queue.Signatures.Count > 1)
            return now;
        var together = _costs.Guess(queue.Rows + missing);
        var saving = _costs.Guess(queue.Rows) + _costs.Guess(missing) - together;
        var until = Math.Max(_freeSince, queue.Oldest) + (long)Math.Min(saving * ShareOfSaving, _longestReturn);
        if (queue.LatestStart((long)together) is var latest and < long.MaxValue)
            until = Math.Min(until, latest - _timerSlack);
        if (until <= now)
            return now;
        _awaited = queue.Rows + missing;
        return _awaitedUntil = until;
    }

    // A request was taken in.
    private void Arrived(Entry entry)
    {
        if (!_shares || entry.Context.RunsAlone)
            return;
        _returns.Arrived(entry.Rows);
        if (_awaited > 0 && _queue.Load.Rows >= _awaited)
            StopAwaiting(Now);
    }

    // The timer has fired: whether a lane has waited long enough.
    private bool EndAwait(long now)
    {
        if (_awaited == 0)
            return false;
        if (now < _awaitedUntil)
        {
            _timer.Set(_awaitedUntil);
            return false;
        }

        // Also where nobody is left who waits: whoever comes next is to be seen to.
        StopAwaiting(now);
        return true;
    }

    private long StopAwaiting(long now)
    {
        if (_queue.Load.Rows >= _awaited)
            _returns.Came();
        else
            _returns.Failed();
        _awaited = 0;
        return now;
    }
}
