using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Inference.Domain.Tensors;

namespace Inference.Domain.SharedMemory;

/// <summary>
/// A part of a shared region as the memory of tensors. Native code that pins <see cref="Memory"/> gets the shared memory
/// itself. Managed code that takes its span gets a private copy, made once: the client could change or take away the memory
/// at any time, which managed code would not survive and its checks not see.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The last release lets the memory go; there is nothing to dispose of in its view.")]
public sealed class SharedRange : TensorBuffer
{
    private readonly Lock _gate = new();
    private readonly Manager _manager;
    private TensorBuffer? _copy;

    internal SharedRange(SharedRegion region, long offset, int length)
    {
        Region = region;
        Offset = offset;
        Length = length;
        _manager = new Manager(this);
    }

    /// <summary>The region, kept until the last reference to this part is gone.</summary>
    public SharedRegion Region { get; }

    /// <summary>First byte within the region.</summary>
    public long Offset { get; }

    /// <summary>Number of bytes.</summary>
    public int Length { get; }

    /// <summary>Where native code on the processor reaches it; 0 where it does not.</summary>
    public nint Address => Region.Address == 0 ? 0 : (nint)(Region.Address + Offset);

    /// <inheritdoc/>
    public override Memory<byte> Memory => _manager.Whole;

    /// <summary>Copies the memory of a tensor that lies in shared memory, without a private copy in between; false where it does not lie there.</summary>
    /// <exception cref="InferenceException">RegionLost.</exception>
    public static bool TryCopy(ReadOnlyMemory<byte> data, Span<byte> target)
    {
        if (!MemoryMarshal.TryGetMemoryManager<byte, Manager>(data, out var manager, out var start, out var length))
            return false;
        manager.Range.Region.Read(manager.Range.Offset + start, target[..length]);
        return true;
    }

    /// <summary>Writes to the start of the range.</summary>
    /// <exception cref="InferenceException">RegionLost.</exception>
    public void Write(ReadOnlySpan<byte> source)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(source.Length, Length);
        Region.Write(Offset, source);
    }

    /// <summary>True where both have bytes of the same object in common, be it through different regions.</summary>
    public bool Overlaps(SharedRange other)
    {
        var (start, otherStart) = (Region.ObjectOffset + Offset, other.Region.ObjectOffset + other.Offset);
        return Region.ObjectId == other.Region.ObjectId && start < otherStart + other.Length && otherStart < start + Length;
    }

    /// <summary>Throws where what was read or written was not the owner's memory any more.</summary>
    /// <exception cref="InferenceException">RegionLost.</exception>
    public void ThrowIfLost()
    {
        if (Region.IsLost)
            throw LostError(Region.Name);
    }

    /// <summary>The error of a region whose memory went away.</summary>
    public static InferenceException LostError(string region) => new(
        ErrorCode.RegionLost,
        $"the memory of shared memory region {ErrorText.Quote(region)} went away while it was used: its object was made smaller, or there is no room for its pages. Unregister the region and register it again.");

    /// <inheritdoc/>
    protected override void Return()
    {
        _copy?.Release();
        Region.Release();
    }

    private TensorBuffer Copy()
    {
        lock (_gate)
        {
            if (_copy is not null)
                return _copy;
            var copy = TensorPool.Shared.Rent(Length);
            try
            {
                Region.Read(Offset, copy.Memory.Span);
                return _copy = copy;
            }
            catch
            {
                copy.Release();
                throw;
            }
        }
    }

    private sealed class Manager(SharedRange range) : MemoryManager<byte>
    {
        public SharedRange Range => range;

        public Memory<byte> Whole => CreateMemory(range.Length);

        public override Span<byte> GetSpan() => range.Copy().Memory.Span;

        public override unsafe MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)range.Length);
            return range.Address == 0 ? range.Copy().Memory[elementIndex..].Pin() : new MemoryHandle((byte*)range.Address + elementIndex);
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
