using System.Runtime.InteropServices;

namespace Inference.Domain.Tensors;

/// <summary>Memory that the garbage collector owns: nothing happens when the last reference goes.</summary>
public sealed class ManagedTensorBuffer : TensorBuffer
{
    /// <summary>Wraps memory without copying it; the caller must not change it while a tensor uses it.</summary>
    public ManagedTensorBuffer(ReadOnlyMemory<byte> memory) => Memory = MemoryMarshal.AsMemory(memory);

    /// <inheritdoc/>
    public override Memory<byte> Memory { get; }

    /// <inheritdoc/>
    protected override void Return()
    {
    }
}
