using System.Numerics;

namespace Inference.Adapters.Grpc.Transport;

/// <summary>
/// The web server's buffers: blocks large enough that a read or a write of the socket moves many frames, which the framework's
/// own blocks of 4 KiB are not. The block that came back last is handed out first, since the processor has it in its cache.
/// Keeps a bounded number for reuse, and lets go of those that nobody needed for a while. Thread-safe.
/// </summary>
internal sealed class BlockStore
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 1 << 17;

    private const int MostStripes = 16;
    private readonly BlockStripe[] _stripes;

    /// <summary>Creates a store.</summary>
    /// <param name="mostKeptBytes">Bytes kept for reuse at most.</param>
    public BlockStore(long mostKeptBytes)
    {
        var stripes = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(Environment.ProcessorCount, MostStripes));
        _stripes = new BlockStripe[stripes];
        for (var i = 0; i < stripes; i++)
            _stripes[i] = new BlockStripe((int)(mostKeptBytes / stripes / BlockBytes));
    }

    /// <summary>Blocks handed out and not given back.</summary>
    public long Rented => _stripes.Sum(s => s.Rented);

    /// <summary>Bytes kept for reuse now.</summary>
    public long KeptBytes => _stripes.Sum(s => (long)s.Kept) * BlockBytes;

    /// <summary>A block of undefined content; disposed of to give it back.</summary>
    public Block Rent()
    {
        var own = Own;
        if (own.TryRent() is { } block)
            return block;
        foreach (var other in _stripes)
        {
            if (other != own && other.Kept > 0 && other.TryRent() is { } found)
                return found;
        }

        own.CountNew();
        return new Block(this);
    }

    /// <summary>Lets go of the blocks that nobody has needed since the last call.</summary>
    /// <returns>Bytes that were let go of.</returns>
    public long TrimIdle() => _stripes.Sum(s => (long)s.TrimIdle()) * BlockBytes;

    internal void Return(Block block) => Own.Return(block);

    // Threads of one processor share a stripe, so that its lock is hardly ever taken when it is asked for.
    private BlockStripe Own => _stripes[Thread.GetCurrentProcessorId() & (_stripes.Length - 1)];
}
