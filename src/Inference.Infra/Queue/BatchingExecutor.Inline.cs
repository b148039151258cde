using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Queue;

/// <summary>Short runs on their caller's thread, which need neither queue nor hand-over. Nobody waits, so nobody is passed by.</summary>
internal sealed partial class BatchingExecutor
{
    private static readonly Action<object?> Terminate = lane => ((ILane)lane!).Terminate();

    private ValueTask<TensorSet> RunInline(TensorSet inputs, RequestContext context, long accepted, long bytes, int level, ILane lane)
    {
        // Without a deadline only its caller's cancellation can end it, which needs no more than the lane.
        var timed = context.Deadline == long.MaxValue ? null : Timed(new Entry(this, inputs, context, accepted, bytes, level), lane);
        var cancellation = timed is null ? context.Cancellation.UnsafeRegister(Terminate, lane) : default;
        var rows = Math.Max(1, context.Rows);
        var start = Now;
        var (outputs, error, ticks) = Run(lane, inputs, context, start);

        // Waits for a cancellation under way, which would else end the lane's next run.
        cancellation.Dispose();
        StopCause? stop;
        lock (_gate)
        {
            stop = timed is null ? CauseOf(context.Cancellation) : EndTimed(timed);
            if (stop is not null)
                lane.Reset();
            Learn(rows, bytes, ticks, error is null, stop is not null, isLimited: false);
        }

        _pool.Return(lane);
        timed?.Unwatch();
        context.Timings.Execute += ticks;
        context.BatchRows = Math.Max(context.BatchRows, rows);
        if (context.Trace is { } trace)
        {
            trace.Add(new StageInterval(Stage.Queue, accepted, start));
            trace.Add(new StageInterval(Stage.Execute, start, start + ticks, rows));
        }

        Observer?.RunCompleted(new RunReport(rows, 1, 0, ticks, 0, error is null));
        if (stop is { } cause)
        {
            outputs?.Dispose();
            Observer?.Stopped(StopPlace.Running, cause);
            return Failed(QueueErrors.Stopped(Label, cause, TimeSpan.Zero, Span(ticks)));
        }

        return error is null ? ValueTask.FromResult(outputs!) : Failed(error);
    }

    // Has the run ended when its time has passed, or its caller goes.
    private Entry Timed(Entry entry, ILane lane)
    {
        entry.State = EntryState.Taken;
        entry.Lane = lane;
        entry.Due = entry.Context.Deadline;
        lock (_gate)
            Watch(entry);
        entry.Watch();
        return entry;
    }

    // Why it was ended early; null where it was not. The lock is held.
    private StopCause? EndTimed(Entry entry)
    {
        entry.Lane = null;
        Decide(entry);
        return entry.Stop;
    }

    private static StopCause? CauseOf(CancellationToken cancellation) => cancellation.IsCancellationRequested ? StopCause.Cancelled : null;

    private (TensorSet? Outputs, InferenceException? Error, long Ticks) Run(ILane lane, TensorSet inputs, RequestContext context, long start)
    {
        try
        {
            var outputs = lane.Run(inputs, context.Places);
            return (outputs, null, Math.Max(1, Now - start));
        }
        catch (Exception e)
        {
            var error = e as InferenceException ?? new InferenceException(ErrorCode.ExecutionFailed, ErrorText.Bound($"{Label}: the run failed: {e.Message}"), e);
            return (null, error, Math.Max(1, Now - start));
        }
    }
}
