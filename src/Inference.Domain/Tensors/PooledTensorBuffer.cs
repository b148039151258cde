using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Inference.Domain.Tensors;

/// <summary>
/// Native memory, aligned to 64 bytes, that goes back to its <see cref="TensorPool"/>. Native, so that a runtime reads it
/// without pinning and large tensors never reach the large object heap.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The pool frees the memory through Free; a buffer goes back to the pool instead of being disposed of.")]
internal sealed unsafe class PooledTensorBuffer : TensorBuffer
{
    private const int Alignment = 64;
    private readonly TensorPool _pool;
    private readonly NativeManager _manager;
    private int _length;

    public PooledTensorBuffer(TensorPool pool, int bucket, int capacity)
    {
        _pool = pool;
        Bucket = bucket;
        Capacity = capacity;
        _manager = new NativeManager(capacity);
    }

    public int Bucket { get; }

    public int Capacity { get; }

    public override Memory<byte> Memory => _manager.Memory[.._length];

    public PooledTensorBuffer Rent(int length)
    {
        _length = length;
        Revive();
        return this;
    }

    public void Free() => _manager.Free();

    protected override void Return() => _pool.Return(this);

    private sealed class NativeManager(int capacity) : MemoryManager<byte>
    {
        private byte* _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)capacity, Alignment);

        public override Span<byte> GetSpan()
        {
            ObjectDisposedException.ThrowIf(_pointer is null, this);
            return new Span<byte>(_pointer, capacity);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ObjectDisposedException.ThrowIf(_pointer is null, this);
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)capacity);
            return new MemoryHandle(_pointer + elementIndex);
        }

        public override void Unpin()
        {
        }

        public void Free()
        {
            // No finalizer on purpose: a span over the memory does not keep this object alive, so a finalizer could free
            // memory that is being read. A buffer that is never returned leaks, which the pool's count shows.
            NativeMemory.AlignedFree(_pointer);
            _pointer = null;
        }

        protected override void Dispose(bool disposing) => Free();
    }
}
