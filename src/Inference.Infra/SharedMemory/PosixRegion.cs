using System.Runtime.InteropServices;
using Inference.Domain;
using Inference.Domain.SharedMemory;

namespace Inference.Infra.SharedMemory;

/// <summary>
/// A part of a POSIX shared memory object, mapped. Native code reads and writes the mapping, guarded by <see cref="BusFaults"/>;
/// copies go through the kernel, which answers an object that has become too small with an error and no signal. Thread-safe.
/// </summary>
internal sealed unsafe class PosixRegion : SharedRegion
{
    private readonly string _key;
    private readonly int _descriptor;
    private readonly nint _start;
    private readonly nuint _mapped;
    private readonly int _watch;

    private PosixRegion(string name, string key, int descriptor, UInt128 id, long offset, long byteSize, nint start, nuint mapped, int watch)
        : base(name, byteSize)
    {
        (_key, _descriptor, ObjectId, ObjectOffset) = (key, descriptor, id, offset);
        (_start, _mapped, _watch) = (start, mapped, watch);
        Address = start + (nint)(mapped - (nuint)byteSize);
    }

    /// <inheritdoc/>
    public override nint Address { get; }

    /// <inheritdoc/>
    public override UInt128 ObjectId { get; }

    /// <inheritdoc/>
    public override long ObjectOffset { get; }

    /// <inheritdoc/>
    public override bool IsLost => BusFaults.IsLost(_watch);

    /// <summary>Maps a part of an open object; takes over the descriptor, unless it throws.</summary>
    /// <exception cref="InferenceException">InvalidArgument, Overloaded.</exception>
    public static PosixRegion Map(string name, string key, int descriptor, long offset, long byteSize)
    {
        if (!Posix.TryStat(descriptor, out var stat) || !stat.IsRegular)
            throw InferenceException.InvalidArgument($"key {ErrorText.Quote(key)} is not the name of a shared memory object.");
        if (offset < 0 || byteSize < 1 || offset > stat.Size || byteSize > stat.Size - offset)
        {
            throw InferenceException.InvalidArgument(
                $"region {ErrorText.Quote(name)} has offset {offset} and byte_size {byteSize}, which does not lie within object {ErrorText.Quote(key)} of {stat.Size} bytes.");
        }

        // A mapping begins at the start of a page.
        var before = offset % Environment.SystemPageSize;
        var length = (nuint)(byteSize + before);
        var start = Posix.Map(0, length, Posix.ReadAndWritePages, Posix.ShareMap, descriptor, offset - before);
        if (start == Posix.MapFailed)
            throw new InferenceException(ErrorCode.Overloaded, $"region {ErrorText.Quote(name)} of {byteSize} bytes cannot be mapped: there is no address space or memory for it. Unregister others, or register a smaller part.");
        var watch = BusFaults.Watch(start, length);
        if (watch >= 0)
            return new PosixRegion(name, key, descriptor, stat.Id, offset, byteSize, start, length, watch);
        _ = Posix.Unmap(start, length);
        throw new InferenceException(ErrorCode.Overloaded, $"{BusFaults.MostMappings} regions are mapped, the most that there can be; unregister some.");
    }

    /// <inheritdoc/>
    public override void CheckObject(long offset, long length)
    {
        if (IsLost)
            throw SharedRange.LostError(Name);
        if (!Posix.TryStat(_descriptor, out var stat) || stat.Size - ObjectOffset < offset + length)
            throw Shrunk(stat.Size);
    }

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> target)
    {
        fixed (byte* bytes = target)
        {
            for (nint done = 0; done < target.Length;)
            {
                var read = Posix.Read(_descriptor, bytes + done, (nuint)(target.Length - done), ObjectOffset + offset + done);
                done += Checked(read);
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(long offset, ReadOnlySpan<byte> source)
    {
        // A write beyond its end would make the object larger again.
        CheckObject(offset, source.Length);
        fixed (byte* bytes = source)
        {
            for (nint done = 0; done < source.Length;)
            {
                var written = Posix.Write(_descriptor, bytes + done, (nuint)(source.Length - done), ObjectOffset + offset + done);
                done += Checked(written);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Close()
    {
        BusFaults.Forget(_watch);
        _ = Posix.Unmap(_start, _mapped);
        _ = Posix.Close(_descriptor);
    }

    // Bytes that went through; 0 where the call is to be made again.
    private nint Checked(nint count)
    {
        if (count > 0)
            return count;
        if (count < 0 && Marshal.GetLastPInvokeError() == Posix.Interrupted)
            return 0;
        throw Shrunk(Posix.TryStat(_descriptor, out var stat) ? stat.Size : 0);
    }

    private InferenceException Shrunk(long size) => new(
        ErrorCode.RegionLost,
        $"region {ErrorText.Quote(Name)} was registered as bytes {ObjectOffset} to {ObjectOffset + ByteSize - 1} of object {ErrorText.Quote(_key)}, which has {size} bytes now and not all of them can be used; "
        + "make the object large enough again, or unregister the region and register it again.");
}
