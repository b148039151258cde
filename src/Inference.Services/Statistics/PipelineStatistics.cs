using System.Collections.Concurrent;
using Inference.Domain.Execution;

namespace Inference.Services.Statistics;

/// <summary>Running totals of one pipeline since it was loaded. Thread-safe, no lock on the way of a request.</summary>
public sealed class PipelineStatistics
{
    private readonly TimeProvider _time;
    private readonly DurationCounter _success = new();
    private readonly DurationCounter _fail = new();
    private readonly DurationCounter _queue = new();
    private readonly DurationCounter _waitedInVain = new();
    private readonly DurationCounter _computeInput = new();
    private readonly DurationCounter _computeInfer = new();
    private readonly DurationCounter _computeOutput = new();
    private readonly ConcurrentDictionary<long, BatchCounter> _batches = new();
    private int _sizes;
    private long _rows;
    private long _executions;
    private long _lastInference;
    private long _refused;

    /// <summary>Creates empty totals.</summary>
    public PipelineStatistics(TimeProvider time) => _time = time;

    /// <summary>Counts a request that was answered.</summary>
    public void Succeeded(RequestContext context)
    {
        var times = context.Timings;
        _success.Add(Nanoseconds(times.Total));
        _queue.Add(Nanoseconds(times.Queue));
        _computeInput.Add(Nanoseconds(times.Preprocess + times.Merge));
        _computeInfer.Add(Nanoseconds(times.Execute));
        _computeOutput.Add(Nanoseconds(times.Split + times.Postprocess));
        Interlocked.Add(ref _rows, context.Rows);
        Interlocked.Exchange(ref _lastInference, _time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>Counts a request that ended in an error.</summary>
    public void Failed(RequestContext context)
    {
        _fail.Add(Nanoseconds(context.Timings.Total));
        if (context.Timings.Queue > 0)
            _waitedInVain.Add(Nanoseconds(context.Timings.Queue));
    }

    /// <summary>Counts a request that was refused before it waited.</summary>
    public void Refused() => Interlocked.Increment(ref _refused);

    /// <summary>
    /// Counts one run of the model. Only those that succeeded: rows answered by the number of runs is then the mean batch.
    /// </summary>
    public void RunCompleted(in RunReport run)
    {
        if (!run.Succeeded)
            return;
        Interlocked.Increment(ref _executions);
        if (BatchCounterOf(run.Rows) is { } batch)
            batch.Add(Nanoseconds(run.Input), Nanoseconds(run.Infer), Nanoseconds(run.Output));
    }

    /// <summary>The totals now.</summary>
    public PipelineTotals Read() => new()
    {
        Rows = (ulong)Interlocked.Read(ref _rows),
        Executions = (ulong)Interlocked.Read(ref _executions),
        LastInferenceUnixMilliseconds = (ulong)Interlocked.Read(ref _lastInference),
        Success = _success.Read(),
        Fail = _fail.Read(),
        Queue = _queue.Read(),
        ComputeInput = _computeInput.Read(),
        ComputeInfer = _computeInfer.Read(),
        ComputeOutput = _computeOutput.Read(),
        Batches = [.. _batches.OrderBy(b => b.Key).Select(b => b.Value.Read((ulong)b.Key))],
    };

    /// <summary>Waits of all requests that did wait, whatever became of them, and how many were refused.</summary>
    internal WaitTotals ReadWaits()
    {
        var (answered, inVain) = (_queue.Read(), _waitedInVain.Read());
        return new WaitTotals(answered.Count + inVain.Count, answered.Nanoseconds + inVain.Nanoseconds, (ulong)Interlocked.Read(ref _refused));
    }

    // Clients may choose the number of rows, so the number of different ones that are kept is bounded.
    private BatchCounter? BatchCounterOf(long rows)
    {
        const int mostSizes = 256;
        if (_batches.TryGetValue(rows, out var counter))
            return counter;

        // Counted apart, since a dictionary takes all its locks to count itself.
        if (Volatile.Read(ref _sizes) >= mostSizes)
            return null;
        var added = new BatchCounter();
        if (Interlocked.Increment(ref _sizes) <= mostSizes && _batches.TryAdd(rows, added))
            return added;
        Interlocked.Decrement(ref _sizes);
        return _batches.GetValueOrDefault(rows);
    }

    private long Nanoseconds(long ticks) => (long)(ticks * (1e9 / _time.TimestampFrequency));

    private sealed class BatchCounter
    {
        private readonly DurationCounter _input = new();
        private readonly DurationCounter _infer = new();
        private readonly DurationCounter _output = new();

        public void Add(long input, long infer, long output)
        {
            _input.Add(input);
            _infer.Add(infer);
            _output.Add(output);
        }

        public BatchTotals Read(ulong size) => new(size, _input.Read(), _infer.Read(), _output.Read());
    }
}
