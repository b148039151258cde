using System.Runtime.InteropServices;
using Inference.Domain.SharedMemory;

namespace Inference.Infra.OnnxRuntime.Tests.Binding;

/// <summary>A region over memory of the process, which never goes away.</summary>
internal sealed unsafe class NativeRegion : SharedRegion
{
    private readonly byte* _memory;

    public NativeRegion(int size)
        : base("region", size) => _memory = (byte*)NativeMemory.AlignedAlloc((nuint)size, 64);

    public override nint Address => (nint)_memory;

    public override UInt128 ObjectId => (UInt128)(nuint)_memory;

    public override long ObjectOffset => 0;

    public override bool IsLost => false;

    public SharedRange Part(long offset, long size) => Take(new SharedLocation(Name, size, offset), "tensor");

    public override void CheckObject(long offset, long length)
    {
    }

    public override void Read(long offset, Span<byte> target) => new Span<byte>(_memory + offset, target.Length).CopyTo(target);

    public override void Write(long offset, ReadOnlySpan<byte> source) => source.CopyTo(new Span<byte>(_memory + offset, source.Length));

    public float[] Floats(long offset, int count) => new ReadOnlySpan<float>(_memory + offset, count).ToArray();

    protected override void Close() => NativeMemory.AlignedFree(_memory);
}
