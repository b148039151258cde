using Inference.Domain.Execution;
using Inference.Infra.OnnxRuntime.Devices;

namespace Inference.Infra.OnnxRuntime.Execution;

/// <summary>The lanes of one session. Runs come from the source, and run on the device's threads or on those of callers.</summary>
internal sealed class LanePool : ILanePool, IDeviceClient
{
    // A run of microseconds takes a lane beyond the others rather than wait for one: waiting means to be handed to another
    // thread and back, which takes longer than the run. The number stays bounded.
    private const int InlineLanesPerProcessor = 4;

    private readonly Device _device;
    private readonly LaneSet _lanes;
    private readonly int _inlineLanes;
    private readonly DeviceShare _share;
    private readonly Action _release;
    private IRunSource? _source;
    private int _disposed;

    /// <summary>Creates a pool.</summary>
    /// <param name="info">What it runs on.</param>
    /// <param name="weight">Share of the device's threads where models compete for them.</param>
    /// <param name="device">Whose threads run it; stays the caller's.</param>
    /// <param name="createLane">Makes a lane when one more is needed.</param>
    /// <param name="release">Called once, when no run can come any more.</param>
    public LanePool(ExecutorInfo info, int weight, Device device, Func<Lane> createLane, Action release)
    {
        Info = info;
        _device = device;
        _release = release;
        _inlineLanes = device.RunsInline ? Math.Max(info.Lanes, InlineLanesPerProcessor * Environment.ProcessorCount) : 0;
        _lanes = new LaneSet(createLane);
        _share = new DeviceShare(this, info.Lanes, weight);
    }

    /// <inheritdoc/>
    public ExecutorInfo Info { get; }

    /// <inheritdoc/>
    public long MemoryBytes => Memory?.Invoke() ?? 0;

    /// <summary>Tells the memory of the session; null where it cannot be told.</summary>
    internal Func<long>? Memory { get; init; }

    /// <summary>Lanes that runs have now.</summary>
    internal int LanesOut => _lanes.Out;

    /// <inheritdoc/>
    public void Attach(IRunSource source) => _source = source;

    /// <inheritdoc/>
    public bool Signal() => _device.Workers.Signal(_share);

    /// <inheritdoc/>
    public bool TryRent(out ILane lane)
    {
        lane = Volatile.Read(ref _disposed) == 0 ? _lanes.Take(_inlineLanes)! : null!;
        return lane is not null;
    }

    /// <inheritdoc/>
    public void Return(ILane lane) => _lanes.Return((Lane)lane);

    /// <inheritdoc/>
    public IRun? Next(out bool more)
    {
        more = false;
        return _source?.Next(out more);
    }

    /// <inheritdoc/>
    public void Execute(IRun run)
    {
        // There is always one for each run that the device lets begin, whatever callers have taken.
        if (_lanes.Take(_inlineLanes + Info.Lanes) is not { } lane)
            throw new InvalidOperationException("A run was taken for which there is no lane.");
        try
        {
            run.Execute(lane);
        }
        finally
        {
            _lanes.Return(lane);
        }
    }

    /// <summary>Lets the runs under way finish, then frees lanes and session. The source must have nothing any more.</summary>
    public async ValueTask DisposeAsync()
    {
        var first = Interlocked.Exchange(ref _disposed, 1) == 0;
        if (first)
            _device.Workers.Leave(_share);

        // A thread may have a run of the source that has no lane yet: lanes are given out until such runs are over.
        await _share.Left.ConfigureAwait(false);
        _lanes.Close();
        await _lanes.Drained.ConfigureAwait(false);
        if (first)
        {
            _lanes.Dispose();
            _release();
        }
    }
}
