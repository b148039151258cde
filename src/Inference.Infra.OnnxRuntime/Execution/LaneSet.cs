namespace Inference.Infra.OnnxRuntime.Execution;

/// <summary>The lanes of one pool that no run has, made when first needed. Thread-safe.</summary>
/// <param name="create">Makes a lane; called under the lock, so what takes long or can fail is left to its first run.</param>
internal sealed class LaneSet(Func<Lane> create) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Stack<Lane> _free = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _out;
    private bool _closed;

    /// <summary>Done once the set is closed and every lane is back.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Lanes that runs have now.</summary>
    public int Out => Volatile.Read(ref _out);

    /// <summary>A lane; null where so many are out, or the set is closed.</summary>
    public Lane? Take(int most)
    {
        lock (_gate)
        {
            if (_closed || _out >= most)
                return null;
            var lane = _free.TryPop(out var free) ? free : create();
            _out++;
            return lane;
        }
    }

    /// <summary>Takes a lane back.</summary>
    public void Return(Lane lane)
    {
        lock (_gate)
        {
            _free.Push(lane);
            _out--;
            if (_closed && _out == 0)
                _drained.TrySetResult();
        }
    }

    /// <summary>Gives out no more lanes.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            if (_out == 0)
                _drained.TrySetResult();
        }
    }

    /// <summary>Frees the lanes; only once <see cref="Drained"/> is done.</summary>
    public void Dispose()
    {
        while (_free.TryPop(out var lane))
            lane.Dispose();
    }
}
