using Inference.Domain.Pipelines;

namespace Inference.Domain.Registry;

/// <summary>
/// The registry's holder of one (name, version): its state, the reason where it failed, and the pipeline with its leases.
/// Thread-safe. Leases are counted without a lock; state changes are rare and take one.
/// </summary>
public sealed class PipelineEntry
{
    private const int Closed = int.MinValue;
    private readonly Lock _changes = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Status _status;
    private volatile Pipeline? _pipeline;
    private volatile string _remark = string.Empty;
    private Task? _disposal;
    private long _lastUse;

    // Leases under way; Closed is added when no new ones may be taken.
    private int _leases;

    /// <summary>Creates an entry in state Loading, or in state Dormant where requests are what loads it.</summary>
    /// <param name="key">Name and version.</param>
    /// <param name="demand">Loads it when a request wants it; null where requests are refused until it is there.</param>
    /// <param name="isDormant">It is not to be loaded before that.</param>
    public PipelineEntry(PipelineKey key, IPipelineDemand? demand = null, bool isDormant = false)
    {
        Key = key;
        Demand = demand;
        _status = new Status(isDormant ? PipelineState.Dormant : PipelineState.Loading, string.Empty);
    }

    /// <summary>Name and version.</summary>
    public PipelineKey Key { get; }

    /// <summary>State now.</summary>
    public PipelineState State => _status.State;

    /// <summary>Why it is in state Failed; else empty.</summary>
    public string Reason => _status.Reason;

    /// <summary>What requests get that ask for it in state Failed.</summary>
    public ErrorCode FailureCode { get; private set; } = ErrorCode.LoadFailed;

    /// <summary>Loads it when a request wants it; null where requests are refused until it is there.</summary>
    public IPipelineDemand? Demand { get; }

    /// <summary>A request for it is answered: at once, or once it has been loaded for it.</summary>
    public bool IsServable => State switch
    {
        PipelineState.Ready => true,
        PipelineState.Dormant or PipelineState.Loading or PipelineState.WarmingUp => Demand is not null,
        _ => false,
    };

    /// <summary>
    /// When a lease was last taken, as a timestamp of the clock that those who take leases have; written without a lock, beside
    /// the count of leases, which is written then anyway.
    /// </summary>
    public long LastUse
    {
        get => Volatile.Read(ref _lastUse);
        set => Volatile.Write(ref _lastUse, value);
    }

    /// <summary>What is wrong although it serves, such as why newer content could not be loaded; empty where nothing is.</summary>
    public string Remark
    {
        get => _remark;
        set => _remark = value;
    }

    /// <summary>State and reason, read together.</summary>
    public (PipelineState State, string Reason) Snapshot
    {
        get
        {
            var status = _status;
            return (status.State, status.Reason);
        }
    }

    /// <summary>The pipeline while there is one, for metadata; use a lease to run it.</summary>
    public Pipeline? Pipeline => _pipeline;

    /// <summary>Room for what services keep with each pipeline, such as its statistics; set once, before Ready.</summary>
    public object? Attachment { get; set; }

    /// <summary>No lease is under way.</summary>
    public bool IsUnused => Volatile.Read(ref _leases) is 0 or Closed;

    /// <summary>Takes a lease; false where the pipeline is not Ready.</summary>
    public bool TryAcquire(out PipelineLease lease)
    {
        lease = default;
        if (State != PipelineState.Ready)
            return false;
        if (Interlocked.Increment(ref _leases) <= 0)
        {
            // Closed meanwhile. Given back through Release, since the last real lease may have gone in between.
            Release();
            return false;
        }

        lease = new PipelineLease(this, _pipeline!);
        return true;
    }

    /// <summary>Is being loaded from now on.</summary>
    public void Wake() => Move(PipelineState.Loading, string.Empty);

    /// <summary>Has loaded and starts its first runs.</summary>
    public void Loaded(Pipeline pipeline)
    {
        _pipeline = pipeline;
        Move(PipelineState.WarmingUp, string.Empty);
    }

    /// <summary>Serves from now on.</summary>
    public void Ready() => Move(PipelineState.Ready, string.Empty);

    /// <summary>Could not be loaded. The caller disposes of what was loaded.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="code">What requests get from now on.</param>
    public void Fail(string reason, ErrorCode code = ErrorCode.LoadFailed)
    {
        FailureCode = code;
        Move(PipelineState.Failed, reason);
        _pipeline = null;
    }

    /// <summary>Was not loaded, or not to the end. The caller disposes of what was loaded.</summary>
    public void Abandon()
    {
        Move(PipelineState.Unloaded, string.Empty);
        _pipeline = null;
    }

    /// <summary>
    /// Takes no new leases, waits for those under way, then disposes of the pipeline. Where <paramref name="cancellation"/>
    /// ends the wait for either, the entry stays in Draining, and the call can be made again to wait on.
    /// </summary>
    public async Task UnloadAsync(CancellationToken cancellation)
    {
        Close();
        await _drained.Task.WaitAsync(cancellation).ConfigureAwait(false);
        await Disposal().WaitAsync(cancellation).ConfigureAwait(false);
        lock (_changes)
        {
            if (State == PipelineState.Draining)
                Move(PipelineState.Unloaded, string.Empty);
        }
    }

    internal void Release()
    {
        if (Interlocked.Decrement(ref _leases) == Closed)
            _drained.TrySetResult();
    }

    private void Close()
    {
        lock (_changes)
        {
            if (State == PipelineState.Draining)
                return;
            Move(PipelineState.Draining, string.Empty);
            if (Interlocked.Add(ref _leases, Closed) == Closed)
                _drained.TrySetResult();
        }
    }

    // Begun once, whoever waits for it.
    private Task Disposal()
    {
        lock (_changes)
        {
            if (_disposal is null && _pipeline is { } pipeline)
            {
                _pipeline = null;
                _disposal = pipeline.DisposeAsync().AsTask();
            }

            return _disposal ?? Task.CompletedTask;
        }
    }

    private void Move(PipelineState to, string reason)
    {
        lock (_changes)
        {
            if (!State.CanBecome(to))
                throw new InvalidOperationException($"{Key} cannot go from {State} to {to}.");
            _status = new Status(to, reason);
        }
    }

    private sealed record Status(PipelineState State, string Reason);
}
