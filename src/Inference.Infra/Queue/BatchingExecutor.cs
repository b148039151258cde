using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Costs;
using Inference.Infra.Queue.Tensors;
using Inference.Infra.Queue.Waiting;
using Microsoft.Extensions.Logging;

namespace Inference.Infra.Queue;

/// <summary>
/// Stands between the requests of one model and its lanes. A request whose run is expected to take microseconds runs on its
/// caller's thread; all others wait until a lane is free, which then takes what has queued meanwhile as one batch. Every
/// change of a request's state happens under one lock, so that a request that is cancelled, expires and is answered at the
/// same moment is answered once. Thread-safe.
/// </summary>
internal sealed partial class BatchingExecutor : IExecutor, IRunSource
{
    // A timer may fire a millisecond late, and a thread must wake.
    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(2);

    // A run goes to a thread of the device, and its answer from there to another.
    private static readonly TimeSpan Handover = TimeSpan.FromMicroseconds(20);

    private readonly Lock _gate = new();
    private readonly ExecutionOptions _options;
    private readonly ILanePool _pool;
    private readonly QueueBudget _budget;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RequestQueue _queue;
    private readonly BlockedQueue _blocked;
    private readonly DueHeap _due = new();
    private readonly DueTimer _timer;
    private readonly RunCosts _costs = new();
    private readonly SharingCosts _sharing;
    private readonly WaitPredictor _waits;
    private readonly LaneLimit _lanes;
    private readonly LatencyLimit? _latency;
    private readonly ReturnForecast _returns = new();
    private readonly AdmissionMargin _margin = new();
    private readonly Action _unblock;
    private readonly Func<long, double> _guess;
    private readonly long _ageing;
    private readonly long _maxDelay;
    private readonly long _timerSlack;
    private readonly long _longestReturn;
    private readonly double _inlineBelow;
    private volatile bool _shares;
    private bool _closed;
    private bool _isHeldBack;

    // When requests last had a choice, they were to run by themselves.
    private bool _runsApart;

    // A lane waits for callers that are about to come back: rows that end its waiting, 0 where none does, and until when.
    private long _awaited;
    private long _awaitedUntil;
    private long _freeSince;
    private double _usualRows;
    private bool _isCautious;

    // When the first request since the last run ended was refused for its deadline, 0 where none was, and what it was predicted to wait.
    private long _refusedAt;
    private double _refusedForecast;

    /// <summary>Creates an executor, which owns the pool.</summary>
    /// <param name="label">How errors name the model.</param>
    /// <param name="artefact">The model and its lanes.</param>
    /// <param name="options">Queue and batches.</param>
    /// <param name="inlineBelow">Runs expected to be shorter may take the caller's thread; zero for none.</param>
    /// <param name="budget">Bytes of all queues together.</param>
    /// <param name="time">Clock of deadlines and timings.</param>
    /// <param name="logger">Where it says what an operator must know.</param>
    /// <exception cref="InferenceException">LoadFailed where options ask for what the model has not.</exception>
    public BatchingExecutor(
        string label, OpenedArtefact artefact, ExecutionOptions options, TimeSpan inlineBelow, QueueBudget budget, TimeProvider time, ILogger logger)
    {
        Label = label;
        Spec = artefact.Spec;
        _pool = artefact.Pool;
        _options = options;
        _budget = budget;
        _time = time;
        _logger = logger;
        Plan = PaddingPlan.Create(Spec, options.Batching.Padding, label);
        _shares = Spec.HasBatchAxis && options.Batching.Enabled;
        Info = _pool.Info with { Queue = options.Queue, Batching = options.Batching with { Enabled = _shares } };
        _ageing = Ticks(options.Queue.Ageing);
        _maxDelay = Ticks(options.Batching.MaxDelay);
        _timerSlack = Ticks(TimerSlack);
        _longestReturn = Ticks(LongestReturn);
        _inlineBelow = inlineBelow.TotalSeconds * time.TimestampFrequency;
        _queue = new RequestQueue(options.Queue, _ageing, budget);
        _blocked = new BlockedQueue(options.Queue.PriorityLevels, _ageing);
        _timer = new DueTimer(time, OnDue);
        _sharing = new SharingCosts(Ticks(Handover));
        _waits = new WaitPredictor(_pool.Info.Lanes, time.TimestampFrequency);
        _lanes = new LaneLimit(_pool.Info.Lanes, options.Batching.MaxRows);
        if (options.Batching.LatencyTarget > TimeSpan.Zero)
            _latency = new LatencyLimit(Ticks(options.Batching.LatencyTarget), options.Batching.MaxRows);
        _unblock = Unblock;
        _guess = _costs.Guess;
        _pool.Attach(this);
    }

    /// <inheritdoc/>
    public ExecutorInfo Info { get; }

    /// <inheritdoc/>
    public long MemoryBytes => _pool.MemoryBytes;

    /// <inheritdoc/>
    public QueueLoad Load
    {
        get
        {
            lock (_gate)
                return _queue.Load with { Blocked = _blocked.Count, Running = _waits.Running };
        }
    }

    /// <summary>How errors name the model.</summary>
    internal string Label { get; }

    internal ModelSpec Spec { get; }

    internal PaddingPlan Plan { get; }

    internal IExecutionObserver? Observer { get; private set; }

    internal long Now => _time.GetTimestamp();

    /// <summary>Requests may share runs.</summary>
    internal bool Shares => _shares;

    // A lane that is not worth having is not free.
    private int UsableLanes => _shares ? _lanes.Lanes : Info.Lanes;

    private long MaxRows => _latency?.Rows ?? _options.Batching.MaxRows;

    /// <inheritdoc/>
    public void Observe(IExecutionObserver observer) => Observer = observer;

    /// <inheritdoc/>
    public ValueTask<TensorSet> ExecuteAsync(TensorSet inputs, RequestContext context)
    {
        var bytes = Bytes(inputs);
        if (_shares && RowsOfPart(context.Rows, bytes) is var rows && rows < context.Rows)
        {
            return _options.Batching.Split
                ? new SplitRequest(this, inputs, context, rows).RunAsync()
                : Failed(QueueErrors.TooLarge(Label, context.Rows, bytes, _options.Batching));
        }

        return ExecuteWhole(inputs, context, bytes);
    }

    /// <summary>Answers the waiting with NotReady, lets the runs under way finish, then frees the lanes.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Entry> left;
        lock (_gate)
        {
            _closed = true;
            left = Clear();
        }

        foreach (var entry in left)
            entry.Fail(QueueErrors.Closed(Label));
        await _pool.DisposeAsync().ConfigureAwait(false);

        // The runs that were under way had deadlines.
        lock (_gate)
            _timer.Dispose();
    }

    /// <summary>Answers one request that fits a batch, or that shares none.</summary>
    internal ValueTask<TensorSet> ExecuteWhole(TensorSet inputs, RequestContext context, long bytes)
    {
        var now = Now;
        var level = _options.Queue.LevelOf(context.Priority);
        var due = DueOf(level, context, now);
        if (context.Cancellation.IsCancellationRequested || now >= due)
        {
            var cause = CauseOf(context.Cancellation) ?? CauseOf(context, now);
            Observer?.Stopped(StopPlace.Queued, cause);
            return Failed(QueueErrors.Stopped(Label, cause, TimeSpan.Zero, null));
        }

        if (_queue.IsEmpty && IsShort(context, bytes) && _pool.TryRent(out var lane))
            return RunInline(inputs, context, now, bytes, level, lane);
        var entry = new Entry(this, inputs, context, now, bytes, level) { Due = due };
        entry.Watch();
        if (Admit(entry) is { } error)
        {
            entry.Unwatch();
            return Failed(error);
        }

        // A lane that waits for others is woken by the last of them; one that shares no run has no part in that.
        if (!_queue.IsEmpty && (Volatile.Read(ref _awaited) == 0 || entry.IsAlone))
            Signal();
        return entry.Task;
    }

    /// <summary>Rows of each part of a request that is too large for one batch; all of them where it is not.</summary>
    internal long RowsOfPart(long rows, long bytes)
    {
        var most = Math.Min(rows, _options.Batching.MaxRows);
        if (bytes > _options.Batching.MaxBytes && rows > 1)
            most = Math.Min(most, Math.Max(1, (long)((double)_options.Batching.MaxBytes / bytes * rows)));
        return most;
    }

    /// <summary>Has found that an output does not have the rows of its inputs: requests must not share runs.</summary>
    internal void ForbidSharing(string output)
    {
        if (!_shares)
            return;
        _shares = false;
        QueueLog.NotRowByRow(_logger, Label, output);
    }

    internal static long Bytes(TensorSet inputs)
    {
        long bytes = 0;
        for (var i = 0; i < inputs.Count; i++)
            bytes += inputs[i].Tensor.Data.Length;
        return bytes;
    }

    private static ValueTask<TensorSet> Failed(InferenceException error) => ValueTask.FromException<TensorSet>(error);

    // Read without the lock: an estimate that is a moment old, or torn between two, is as good.
    private bool IsShort(RequestContext context, long bytes) => _inlineBelow > 0 && _costs.Predict(Math.Max(1, context.Rows), bytes) < _inlineBelow;

    // The request's deadline, or the end of its time in the queue where that is sooner.
    private long DueOf(int level, RequestContext context, long now)
    {
        var options = _options.Queue.OfLevel(level);
        var timeout = options is { Timeout.Ticks: > 0 } ? options.Timeout : _options.Queue.Timeout;
        var configured = timeout > TimeSpan.Zero ? now + Ticks(timeout) : long.MaxValue;
        var asked = context.QueueDeadline;
        var waits = (options?.Override ?? TimeoutOverride.Any) switch
        {
            TimeoutOverride.None => configured,
            TimeoutOverride.Shorter => Math.Min(configured, asked),
            _ => asked != long.MaxValue ? asked : configured,
        };
        return Math.Min(context.Deadline, waits);
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    private TimeSpan Span(double ticks) => TimeSpan.FromSeconds(Math.Max(0, ticks) / _time.TimestampFrequency);
}
