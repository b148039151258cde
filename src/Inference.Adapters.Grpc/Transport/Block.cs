using System.Buffers;
using System.Runtime.InteropServices;

namespace Inference.Adapters.Grpc.Transport;

/// <summary>
/// Memory of the web server, which the garbage collector does not move. Whoever rented it disposes of it once, and does not
/// touch it after that. Not thread-safe.
/// </summary>
internal sealed class Block(BlockStore store) : IMemoryOwner<byte>
{
    /// <summary>The memory, <see cref="BlockStore.BlockBytes"/> of it.</summary>
    public Memory<byte> Memory { get; } =
        MemoryMarshal.CreateFromPinnedArray(GC.AllocateUninitializedArray<byte>(BlockStore.BlockBytes, pinned: true), 0, BlockStore.BlockBytes);

    /// <summary>The next one in the stack of those that are kept.</summary>
    internal Block? Below { get; set; }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => store.Return(this);
}
