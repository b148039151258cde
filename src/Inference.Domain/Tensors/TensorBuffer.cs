namespace Inference.Domain.Tensors;

/// <summary>
/// Contiguous memory behind one or more tensors, with an owner and a reference count. It starts with one reference; the
/// last <see cref="Release"/> gives the memory back to its owner, after which nobody may touch it.
/// Reference counting is thread-safe; the bytes are not guarded.
/// </summary>
public abstract class TensorBuffer
{
    private int _references = 1;

    /// <summary>The memory, valid while the caller holds a reference.</summary>
    public abstract Memory<byte> Memory { get; }

    /// <summary>Takes one more reference.</summary>
    /// <exception cref="ObjectDisposedException">The last reference is already gone.</exception>
    public void Retain()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _references);
            ObjectDisposedException.ThrowIf(seen <= 0, this);
        }
        while (Interlocked.CompareExchange(ref _references, seen + 1, seen) != seen);
    }

    /// <summary>Gives one reference back; the last one returns the memory to its owner.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        ObjectDisposedException.ThrowIf(left < 0, this);
        if (left == 0)
            Return();
    }

    /// <summary>Makes a buffer that was returned to a pool usable again, with one reference.</summary>
    protected void Revive() => Volatile.Write(ref _references, 1);

    /// <summary>Called once, by the last release, on that caller's thread.</summary>
    protected abstract void Return();
}
