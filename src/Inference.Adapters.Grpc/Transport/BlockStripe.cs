namespace Inference.Adapters.Grpc.Transport;

/// <summary>A part of a <see cref="BlockStore"/>: a stack of blocks behind a lock. Thread-safe.</summary>
/// <param name="most">Blocks kept at most.</param>
internal sealed class BlockStripe(int most)
{
    private readonly Lock _lock = new();
    private Block? _top;
    private int _kept;
    private int _leastKept;
    private long _rented;

    /// <summary>Blocks kept for reuse.</summary>
    public int Kept => Volatile.Read(ref _kept);

    /// <summary>Blocks handed out here less those given back here, which may have come from another stripe.</summary>
    public long Rented => Interlocked.Read(ref _rented);

    /// <summary>The block that came back last; null for none.</summary>
    public Block? TryRent()
    {
        lock (_lock)
        {
            var block = _top;
            if (block is null)
                return null;
            (_top, block.Below) = (block.Below, null);
            _kept--;
            _leastKept = Math.Min(_leastKept, _kept);
            _rented++;
            return block;
        }
    }

    /// <summary>Counts a block that was made, not taken from a stripe.</summary>
    public void CountNew()
    {
        lock (_lock)
            _rented++;
    }

    /// <summary>Keeps a block, unless enough are kept.</summary>
    public void Return(Block block)
    {
        lock (_lock)
        {
            _rented--;
            if (_kept == most)
                return;
            (block.Below, _top) = (_top, block);
            _kept++;
        }
    }

    /// <summary>Lets go of as many blocks as were left over all the time since the last call.</summary>
    /// <returns>How many.</returns>
    public int TrimIdle()
    {
        lock (_lock)
        {
            var idle = _leastKept;
            for (var i = 0; i < idle; i++)
                _top = _top!.Below;
            _kept -= idle;
            _leastKept = _kept;
            return idle;
        }
    }
}
