namespace Inference.Domain.SharedMemory;

/// <summary>
/// Memory that a client shares with the server under a name. The client may change it, or take it away, at any time: managed
/// code never touches it through <see cref="Address"/>, only through <see cref="Read"/> and <see cref="Write"/>. Reference
/// counted: it starts with one reference, and what uses it keeps it beyond its registration. Thread-safe.
/// </summary>
public abstract class SharedRegion
{
    private int _references = 1;

    /// <summary>Creates it with one reference, the caller's.</summary>
    /// <param name="name">The name that clients call it by.</param>
    /// <param name="byteSize">Bytes that clients may use.</param>
    protected SharedRegion(string name, long byteSize) => (Name, ByteSize) = (name, byteSize);

    /// <summary>The name that clients call it by.</summary>
    public string Name { get; }

    /// <summary>Bytes that clients may use.</summary>
    public long ByteSize { get; }

    /// <summary>Where native code on the processor reaches it; 0 where it does not.</summary>
    public abstract nint Address { get; }

    /// <summary>The same for all regions over one object.</summary>
    public abstract UInt128 ObjectId { get; }

    /// <summary>Where the region begins in its object, in bytes.</summary>
    public abstract long ObjectOffset { get; }

    /// <summary>Its memory has gone away under somebody who used it; what was read from it since then is not what its owner wrote.</summary>
    public abstract bool IsLost { get; }

    /// <summary>Told once, when nobody uses the region any more.</summary>
    public Action<SharedRegion>? Closed { get; set; }

    /// <summary>Takes one more reference; false where the last one is gone.</summary>
    public bool TryRetain()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _references);
            if (seen == 0)
                return false;
        }
        while (Interlocked.CompareExchange(ref _references, seen + 1, seen) != seen);
        return true;
    }

    /// <summary>Gives one reference back; the last one closes the region.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        ObjectDisposedException.ThrowIf(left < 0, this);
        if (left > 0)
            return;
        Close();
        Closed?.Invoke(this);
    }

    /// <summary>A part of the region, which keeps it. The caller owns the part's one reference.</summary>
    /// <param name="location">The part.</param>
    /// <param name="owner">Whose it is, for errors: <c>input 'x'</c>.</param>
    /// <exception cref="InferenceException">InvalidArgument where it does not lie within the region; RegionLost where the object has become too small.</exception>
    public SharedRange Take(SharedLocation location, string owner)
    {
        var offset = location.Offset ?? 0;
        if (offset < 0 || location.ByteSize < 0 || offset > ByteSize || location.ByteSize > ByteSize - offset)
        {
            throw InferenceException.InvalidArgument(
                $"{owner} has shared_memory_offset {offset} and shared_memory_byte_size {location.ByteSize}, which does not lie within region {ErrorText.Quote(Name)} of {ByteSize} bytes.");
        }

        if (location.ByteSize > int.MaxValue)
            throw InferenceException.InvalidArgument($"{owner} has shared_memory_byte_size {location.ByteSize}; one tensor may take at most {int.MaxValue} bytes.");
        if (!TryRetain())
            throw new InferenceException(ErrorCode.RegionNotFound, $"shared memory region {ErrorText.Quote(Name)} was unregistered at this moment.");
        try
        {
            CheckObject(offset, location.ByteSize);
            return new SharedRange(this, offset, (int)location.ByteSize);
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>Throws where the object behind it does not have these bytes any more.</summary>
    /// <exception cref="InferenceException">RegionLost.</exception>
    public abstract void CheckObject(long offset, long length);

    /// <summary>Copies bytes out of the region.</summary>
    /// <exception cref="InferenceException">RegionLost.</exception>
    public abstract void Read(long offset, Span<byte> target);

    /// <summary>Copies bytes into the region.</summary>
    /// <exception cref="InferenceException">RegionLost.</exception>
    public abstract void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Lets the memory go; called once, by the last release, on that caller's thread. Must not throw.</summary>
    protected abstract void Close();
}
