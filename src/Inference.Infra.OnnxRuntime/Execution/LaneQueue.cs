namespace Inference.Infra.OnnxRuntime.Execution;

/// <summary>What became of a run that asked for a lane.</summary>
internal enum Admission
{
    /// <summary>Has a lane and is to run at once, on the caller's thread.</summary>
    Inline,

    /// <summary>Has a lane and is to be posted to the device.</summary>
    Assigned,

    /// <summary>Waits; whoever gives back a lane posts it.</summary>
    Waiting,

    /// <summary>Was stopped before it came.</summary>
    Stopped,

    /// <summary>Refused: as many wait as may.</summary>
    Full,

    /// <summary>Refused: the executor closes.</summary>
    Closed,
}

/// <summary>
/// The lanes of one pipeline and the runs that wait for them, first come first served. The only place that changes a run's
/// state, so that a run that is cancelled, expires and finishes at the same moment is answered once. Thread-safe.
/// </summary>
/// <param name="lanes">Lanes at most, but for runs of microseconds; they are made when first needed.</param>
/// <param name="maxWaiting">Runs that may wait.</param>
/// <param name="createLane">Makes a lane.</param>
/// <param name="inlineBelow">Expected ticks below which a run goes inline; 0 for never.</param>
internal sealed class LaneQueue(int lanes, int maxWaiting, Func<Lane> createLane, double inlineBelow) : IDisposable
{
    private const int InlineLanesPerProcessor = 4;
    private readonly int _inlineLanes = Math.Max(lanes, InlineLanesPerProcessor * Environment.ProcessorCount);
    private readonly Lock _gate = new();
    private readonly LinkedList<LaneRun> _waiting = new();
    private readonly Stack<Lane> _free = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RunTimeEstimate _estimate;
    private int _taken;
    private bool _closed;

    /// <summary>Done once the queue is closed and every lane is back.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Runs that wait now.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Lanes that runs have now.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Ticks that all waiting runs together will take; 0 where that is not known.</summary>
    public double ExpectedWait
    {
        get
        {
            lock (_gate)
            {
                var run = _estimate.Predict(0);
                return double.IsFinite(run) ? run * _waiting.Count / lanes : 0;
            }
        }
    }

    /// <summary>Takes a run in, if it can be.</summary>
    public Admission Admit(LaneRun run)
    {
        lock (_gate)
        {
            if (run.State == RunState.Done)
                return Admission.Stopped;
            if (_closed)
                return Refuse(run, Admission.Closed);
            if (_taken < lanes || MayOvertake(run))
                return Assign(run);
            if (_waiting.Count >= maxWaiting)
                return Refuse(run, Admission.Full);
            run.State = RunState.Waiting;
            run.Place = _waiting.AddLast(run);
            return Admission.Waiting;
        }
    }

    /// <summary>Starts a run that has a lane; false where it was stopped meanwhile and only its lane is to be finished.</summary>
    public bool Start(LaneRun run)
    {
        lock (_gate)
        {
            if (run.State != RunState.Assigned)
                return false;
            run.State = RunState.Running;
            run.Due = run.Context.Deadline;
            return true;
        }
    }

    /// <summary>Takes the lane back from a run and gives it to the next that waits.</summary>
    /// <param name="run">Has ended, or was stopped before it began.</param>
    /// <param name="ticks">How long it took; null where that tells nothing about later runs.</param>
    /// <returns>The run that has the lane now and is to be posted, or null.</returns>
    public LaneRun? Finish(LaneRun run, long? ticks)
    {
        lock (_gate)
        {
            var lane = run.Lane!;
            if (run.State == RunState.Running && run.Stop != StopReason.None)
                lane.Reset();
            (run.State, run.Lane) = (RunState.Done, null);
            if (ticks is { } measured)
                _estimate.Add(measured, run.Bytes);
            if (_taken > lanes || _waiting.First?.Value is not { } next)
            {
                _free.Push(lane);
                _taken--;
                if (_closed && _taken == 0)
                    _drained.TrySetResult();
                return null;
            }

            _waiting.RemoveFirst();
            (next.State, next.Lane, next.Place) = (RunState.Assigned, lane, null);
            return next;
        }
    }

    /// <summary>Stops a run. Where the model runs, it is told to end and its answer comes from there.</summary>
    /// <returns>True where the caller is to answer the run now.</returns>
    public bool Stop(LaneRun run, StopReason reason)
    {
        lock (_gate)
        {
            if (run.State == RunState.Done || run.Stop != StopReason.None)
                return false;
            if (run.State == RunState.Running)
            {
                run.Stop = reason;
                run.Lane!.Terminate();
                return false;
            }

            // A new run is answered by whoever admits it.
            var answer = run.State != RunState.New;
            if (run.Place is { } place)
                _waiting.Remove(place);
            (run.State, run.Stop, run.Place) = (RunState.Done, reason, null);
            return answer;
        }
    }

    /// <summary>Takes no more runs.</summary>
    /// <returns>Those that waited, to be answered by the caller.</returns>
    public IReadOnlyList<LaneRun> Close()
    {
        lock (_gate)
        {
            _closed = true;
            LaneRun[] left = [.. _waiting];
            _waiting.Clear();
            foreach (var run in left)
                (run.State, run.Place) = (RunState.Done, null);
            if (_taken == 0)
                _drained.TrySetResult();
            return left;
        }
    }

    /// <summary>Frees the lanes; only once <see cref="Drained"/> is done.</summary>
    public void Dispose()
    {
        while (_free.TryPop(out var lane))
            lane.Dispose();
    }

    // A run of microseconds takes a lane beyond the others rather than wait for one: waiting means to be handed to another
    // thread and back, which takes longer than the run. The number stays bounded, and nobody who waits is passed by.
    private bool MayOvertake(LaneRun run) => _taken < _inlineLanes && _waiting.Count == 0 && IsShort(run);

    private bool IsShort(LaneRun run) => inlineBelow > 0 && _estimate.Predict(run.Bytes) < inlineBelow;

    private Admission Assign(LaneRun run)
    {
        run.Lane = _free.TryPop(out var free) ? free : createLane();
        _taken++;
        var inline = IsShort(run);
        run.State = inline ? RunState.Running : RunState.Assigned;
        if (inline)
            run.Due = run.Context.Deadline;
        return inline ? Admission.Inline : Admission.Assigned;
    }

    private static Admission Refuse(LaneRun run, Admission why)
    {
        run.State = RunState.Done;
        return why;
    }
}
