using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Devices;

namespace Inference.Infra.OnnxRuntime.Execution;

/// <summary>
/// Runs one pipeline's model on its lanes. A run starts on a thread of the device, or on the caller's where it is expected
/// to be over before another thread would wake up; both ways take a lane and are counted alike.
/// </summary>
internal sealed class LaneExecutor : IExecutor
{
    private readonly string _label;
    private readonly ExecutionOptions _options;
    private readonly Device _device;
    private readonly TimeProvider _time;
    private readonly LaneQueue _queue;
    private readonly Action _release;
    private int _disposed;

    /// <summary>Creates an executor.</summary>
    /// <param name="label">How errors name the model.</param>
    /// <param name="info">What it runs on.</param>
    /// <param name="options">Lanes and queue.</param>
    /// <param name="device">Whose threads run it; stays the caller's.</param>
    /// <param name="inlineBelow">Runs expected to be shorter may take the caller's thread; zero for none.</param>
    /// <param name="time">Clock of deadlines and timings.</param>
    /// <param name="createLane">Makes a lane when one more is needed. Called under the queue's lock, so what takes long or can fail is left to the first run.</param>
    /// <param name="release">Called once, when no run can come any more.</param>
    public LaneExecutor(
        string label,
        ExecutorInfo info,
        ExecutionOptions options,
        Device device,
        TimeSpan inlineBelow,
        TimeProvider time,
        Func<Lane> createLane,
        Action release)
    {
        _label = label;
        Info = info;
        _options = options;
        _device = device;
        _time = time;
        _release = release;
        var inlineTicks = device.RunsInline ? inlineBelow.TotalSeconds * time.TimestampFrequency : 0;
        _queue = new LaneQueue(options.Lanes, options.MaxQueued, createLane, inlineTicks);
    }

    /// <inheritdoc/>
    public ExecutorInfo Info { get; }

    /// <summary>Lanes and waiting runs.</summary>
    internal LaneQueue Queue => _queue;

    /// <inheritdoc/>
    public ValueTask<TensorSet> ExecuteAsync(TensorSet inputs, RequestContext context)
    {
        var now = _time.GetTimestamp();
        if (now >= context.Deadline || now >= context.QueueDeadline)
            return Failed(LaneErrors.Stopped(_label, now >= context.Deadline ? StopReason.Deadline : StopReason.QueueDeadline, TimeSpan.Zero, null));
        if (_queue.Waiting >= _options.MaxQueued && _options.MaxQueued > 0)
            return Failed(Full());

        var run = new LaneRun(this, inputs, context, now);
        run.Watch(_device.Deadlines);
        var admission = _queue.Admit(run);
        switch (admission)
        {
            case Admission.Inline:
                return Perform(run, fromWorker: false) is { } error ? Failed(error) : ValueTask.FromResult(run.Outputs!);
            case Admission.Assigned:
                _device.Workers.Post(run);
                return run.Task;
            case Admission.Waiting:
                return run.Task;
            default:
                run.Unwatch(_device.Deadlines);
                return Failed(admission switch
                {
                    Admission.Full => Full(),
                    Admission.Closed => LaneErrors.Closed(_label),
                    _ => LaneErrors.Stopped(_label, run.Stop, Since(now), null),
                });
        }
    }

    /// <summary>Lets the runs under way finish, answers those that wait with NotReady, then frees lanes and session.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            foreach (var run in _queue.Close())
            {
                run.Unwatch(_device.Deadlines);
                run.Fail(LaneErrors.Closed(_label));
            }

            await _queue.Drained.ConfigureAwait(false);
            _queue.Dispose();
            _release();
        }
        else
        {
            await _queue.Drained.ConfigureAwait(false);
        }
    }

    /// <summary>Called by a thread of the device.</summary>
    internal void RunOnWorker(LaneRun run)
    {
        if (!_queue.Start(run))
        {
            PassOn(_queue.Finish(run, null), fromWorker: true);
            return;
        }

        if (Perform(run, fromWorker: true) is { } error)
            run.Fail(error);
        else
            run.Succeed(run.Outputs!);
    }

    /// <summary>Answers a run that its device will not run any more, and those behind it.</summary>
    internal void Abandon(LaneRun run)
    {
        for (var next = run; next is not null; next = _queue.Finish(next, null))
        {
            if (!_queue.Start(next))
                continue;
            next.Unwatch(_device.Deadlines);
            next.Fail(LaneErrors.DeviceStopped(_label));
        }
    }

    /// <summary>A time of the run has passed.</summary>
    internal void Expire(LaneRun run, long now)
    {
        if (now >= run.Context.Deadline)
            Stop(run, StopReason.Deadline);
        else if (now >= run.Due)
            Stop(run, StopReason.QueueDeadline);
        else
            _device.Deadlines.Add(run); // It started in time and now has its deadline ahead.
    }

    /// <summary>Ends a run early, wherever it stands.</summary>
    internal void Stop(LaneRun run, StopReason reason)
    {
        if (!_queue.Stop(run, reason))
            return;
        run.Unwatch(_device.Deadlines);
        run.Context.Timings.Queue += _time.GetTimestamp() - run.Accepted;
        run.Fail(LaneErrors.Stopped(_label, reason, Since(run.Accepted), null));
    }

    // Runs a started run and hands its lane on; the outputs are on the run, or the error is returned.
    private InferenceException? Perform(LaneRun run, bool fromWorker)
    {
        var started = _time.GetTimestamp();
        var error = run.Execute(_label);
        var ticks = _time.GetTimestamp() - started;
        var timings = run.Context.Timings;
        timings.Queue += started - run.Accepted;
        timings.Execute += ticks;

        // A run that failed by itself may have ended at once, which says nothing about those that do not.
        PassOn(_queue.Finish(run, error is null || run.Stop != StopReason.None ? ticks : null), fromWorker);
        run.Unwatch(_device.Deadlines);
        if (run.Stop == StopReason.None)
            return error;
        run.Outputs?.Dispose();
        return LaneErrors.Stopped(_label, run.Stop, _time.GetElapsedTime(run.Accepted, started), _time.GetElapsedTime(started));
    }

    private void PassOn(LaneRun? next, bool fromWorker)
    {
        if (next is not null)
            _device.Workers.Post(next, fromWorker);
    }

    private InferenceException Full()
    {
        var wait = _queue.ExpectedWait;
        return LaneErrors.Full(_label, _options.MaxQueued, _options.Lanes, wait > 0 ? TimeSpan.FromSeconds(wait / _time.TimestampFrequency) : null);
    }

    private TimeSpan Since(long timestamp) => _time.GetElapsedTime(timestamp);

    private static ValueTask<TensorSet> Failed(InferenceException error) => ValueTask.FromException<TensorSet>(error);
}
