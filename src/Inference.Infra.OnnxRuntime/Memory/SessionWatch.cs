namespace Inference.Infra.OnnxRuntime.Memory;

/// <summary>A session whose arena is kept to what runs need. Thread-safe.</summary>
/// <param name="keeper">Who looks at it.</param>
/// <param name="arena">Its arena; null where it is left alone.</param>
internal sealed class SessionWatch(MemoryKeeper keeper, SessionArena? arena)
{
    private readonly Lock _gate = new();
    private readonly List<RunSizes> _lanes = [];
    private readonly ArenaNeed _need = new();

    /// <summary>For one more lane to note its runs in.</summary>
    public RunSizes AddLane()
    {
        var sizes = new RunSizes();
        lock (_gate)
            _lanes.Add(sizes);
        return sizes;
    }

    /// <summary>Shrinks the arena where what ran since the last look needed much less than it has; not from two threads at a time.</summary>
    /// <returns>Bytes that were given back.</returns>
    public long Look()
    {
        long largest = 0;
        lock (_gate)
        {
            // Lanes may run at one time.
            foreach (var lane in _lanes)
                largest += lane.Take();
        }

        return arena is not null && _need.Next(largest) ? arena.Shrink() : 0;
    }

    /// <summary>The session is about to be closed.</summary>
    public void Closing()
    {
        keeper.Unwatch(this);
        arena?.Dispose();
    }

    /// <summary>The session was closed.</summary>
    public void Closed() => keeper.Ended();
}
