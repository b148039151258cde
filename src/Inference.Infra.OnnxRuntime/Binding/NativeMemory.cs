using System.Buffers;

namespace Inference.Infra.OnnxRuntime.Binding;

/// <summary>Memory that native code owns, seen as <see cref="Memory{T}"/>. It does not move, so pinning it costs nothing.</summary>
internal sealed unsafe class NativeMemory(byte* pointer, int length) : MemoryManager<byte>
{
    private byte* _pointer = pointer;
    private bool _closed;

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        return new Span<byte>(_pointer, length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length);
        return new MemoryHandle(_pointer + elementIndex);
    }

    public override void Unpin()
    {
    }

    /// <summary>Makes later reads throw instead of reading memory that is gone.</summary>
    public void Close()
    {
        _closed = true;
        _pointer = null;
    }

    protected override void Dispose(bool disposing) => Close();
}
