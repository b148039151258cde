using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Inference.Adapters.Grpc.Transport;

/// <summary>Has the web server take its buffers from a <see cref="BlockStore"/>. Thread-safe.</summary>
internal sealed class BlockPool(BlockStore store) : MemoryPool<byte>
{
    public override int MaxBufferSize => BlockStore.BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, MaxBufferSize);
        return store.Rent();
    }

    protected override void Dispose(bool disposing)
    {
        // The store is shared by all pools.
    }

    /// <summary>Makes pools over one store.</summary>
    internal sealed class Factory(BlockStore store) : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockPool(store);
    }
}
