using System.Diagnostics;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Tensors;
using Inference.Infra.Queue.Waiting;

namespace Inference.Infra.Queue;

/// <summary>
/// One run and the requests that share it. A single request runs on its own memory; several are put together, and from then
/// on each can be answered by itself. Its state is guarded by the executor's lock.
/// </summary>
internal sealed class Batch(BatchingExecutor executor, List<Entry> members, long rows, long[] longest, long begun) : IRun
{
    private readonly List<Entry> _members = members;
    private TensorSet? _outputs;
    private InferenceException? _error;
    private ActivityContext _span;
    private long _inferStart;

    /// <summary>The requests in it.</summary>
    public List<Entry> Members => _members;

    /// <summary>Rows of all of them.</summary>
    public long Rows => rows;

    /// <summary>Bytes of all of them.</summary>
    public long Bytes { get; } = members.Sum(m => m.Bytes);

    /// <summary>When it was closed, as a timestamp.</summary>
    public long Begun => begun;

    /// <summary>It is one request that shares no run, so that it says nothing of how runs are shared best.</summary>
    public bool RunsAlone => _members[0].Context.RunsAlone;

    /// <summary>More would have joined it, had the limit of rows been higher.</summary>
    public bool IsLimited { get; init; }

    /// <summary>What else ran when it began.</summary>
    public (long Begun, int Running) Mark { get; init; }

    /// <summary>Requests in it that still want an answer.</summary>
    public int Live { get; set; } = members.Count;

    /// <summary>The lane it runs on, while it runs; null before and after.</summary>
    public ILane? Lane { get; set; }

    /// <summary>It was told to end early.</summary>
    public bool IsTerminated { get; set; }

    /// <summary>How long the model ran; 0 where it did not.</summary>
    public long InferTicks { get; private set; }

    /// <summary>How long it took to put the inputs together; 0 where it is one request.</summary>
    public long MergeTicks { get; private set; }

    private bool IsMerged => _members.Count > 1;

    /// <inheritdoc/>
    public void Execute(ILane lane)
    {
        TensorSet? merged = null;
        try
        {
            if (IsMerged)
                merged = Merge();
            if (executor.Begin(this, lane, IsMerged))
                Run(lane, merged ?? _members[0].Inputs);
        }
        catch (InferenceException e)
        {
            _error = e;
        }
        catch (Exception e)
        {
            _error = new InferenceException(ErrorCode.ExecutionFailed, ErrorText.Bound($"{executor.Label}: the run failed: {e.Message}"), e);
        }
        finally
        {
            merged?.Dispose();
            executor.End(this, lane, InferTicks, _error is null);
        }
    }

    /// <inheritdoc/>
    public void Complete()
    {
        var start = executor.Now;
        if (_error is null && IsMerged && _outputs is not null && BatchOutputs.Misfit(_outputs, rows) is { } output)
        {
            executor.ForbidSharing(output);
            _error = new InferenceException(ErrorCode.ExecutionFailed, $"{executor.Label}: output {ErrorText.Quote(output)} does not have a row for each row of the batch.");
            _outputs.Dispose();
        }

        var parts = _error is null ? Split() : null;
        var splitTicks = executor.Now - start;
        if (InferTicks > 0)
        {
            var report = new RunReport(rows, _members.Count, MergeTicks, InferTicks, splitTicks, _error is null);
            executor.Observer?.RunCompleted(report);
            if (IsMerged)
                Trace(report, start + splitTicks);
        }

        if (parts is null)
            executor.Fail(this, _error!);
        else if (IsMerged)
            BatchAnswers.Begin(this, parts, splitTicks);
        else
            Answer(0, parts[0], splitTicks);
    }

    /// <summary>Answers one of its requests, unless that was answered before.</summary>
    /// <param name="index">Which.</param>
    /// <param name="part">Its outputs, taken over; null where it was stopped.</param>
    /// <param name="splitTicks">What handing the outputs out took.</param>
    public void Answer(int index, TensorSet? part, long splitTicks)
    {
        var entry = _members[index];
        if (part is null && entry.Batch != this)
            return;
        entry.ContinuesHere = IsMerged;
        if (part is not null)
            executor.Answer(this, entry, part, splitTicks);
        else
            executor.AnswerStopped(this, entry);
    }

    /// <summary>Adds what the run took to the times of a request that it answers.</summary>
    public void AddTimes(Entry entry, long splitTicks)
    {
        var timings = entry.Context.Timings;
        timings.Queue += begun - entry.Accepted;
        timings.Merge += MergeTicks;
        timings.Execute += InferTicks;
        timings.Split += splitTicks;
        entry.Context.BatchRows = Math.Max(entry.Context.BatchRows, rows);
        if (entry.Context.Trace is not { } trace)
            return;
        trace.Add(new StageInterval(Stage.Queue, entry.Accepted, begun));
        if (InferTicks > 0)
            trace.Add(new StageInterval(Stage.Execute, _inferStart, _inferStart + InferTicks, rows, _span));
    }

    // Links the run with the requests that share it, where somebody looks at them.
    private void Trace(in RunReport report, long ended)
    {
        List<RequestTrace>? traced = null;
        foreach (var entry in _members)
        {
            if (entry.Context.Trace is { } trace)
                (traced ??= []).Add(trace);
        }

        if (traced is not null && executor.Observer is { } observer)
            _span = observer.RunTraced(report, begun, ended, traced);
    }

    private TensorSet Merge()
    {
        var start = executor.Now;
        var inputs = new TensorSet[_members.Count];
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = _members[i].Inputs;
        var merged = BatchInputs.Merge(executor.Spec, executor.Plan, inputs, rows, longest);
        MergeTicks = executor.Now - start;
        return merged;
    }

    private void Run(ILane lane, TensorSet inputs)
    {
        _inferStart = executor.Now;
        try
        {
            _outputs = IsMerged ? lane.Run(inputs) : lane.Run(inputs, _members[0].Context.Places);
        }
        finally
        {
            InferTicks = Math.Max(1, executor.Now - _inferStart);
        }
    }

    // The parts of those that still want an answer; null, with the error, where they cannot be had.
    private TensorSet?[]? Split()
    {
        var parts = new TensorSet?[_members.Count];
        if (_outputs is null)
            return parts;
        if (!IsMerged)
        {
            parts[0] = _outputs;
            return parts;
        }

        try
        {
            using (_outputs)
            {
                var outputs = new BatchOutputs(executor.Spec, executor.Plan, _outputs, longest);
                for (var i = 0; i < parts.Length; i++)
                {
                    var entry = _members[i];
                    if (entry.Batch == this)
                        parts[i] = outputs.Next(entry.Rows, longest.Length > 0 ? executor.Plan.SizesOf(entry.Inputs) : []);
                    else
                        outputs.Skip(entry.Rows);
                }
            }

            return parts;
        }
        catch (Exception e)
        {
            foreach (var part in parts)
                part?.Dispose();
            _error = e as InferenceException ?? new InferenceException(ErrorCode.ExecutionFailed, ErrorText.Bound($"{executor.Label}: the outputs of a batch could not be handed out: {e.Message}"), e);
            return null;
        }
    }
}
