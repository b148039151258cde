using System.Numerics;

namespace Inference.Domain.Tensors;

/// <summary>
/// Pool of native tensor memory in buckets of powers of two, from 64 bytes up. It keeps at most
/// <see cref="MaxRetainedBytes"/>; what comes back beyond that is freed. Thread-safe, without a lock.
/// </summary>
public sealed class TensorPool
{
    private const int SmallestBucketBits = 6;
    private const int LargestBucketBits = 30;
    private readonly TensorBucket[] _buckets =
        Enumerable.Range(0, LargestBucketBits - SmallestBucketBits + 1).Select(_ => new TensorBucket()).ToArray();

    private long _rented;
    private long _retainedBytes;

    /// <summary>Creates a pool that keeps at most <paramref name="maxRetainedBytes"/> for reuse.</summary>
    public TensorPool(long maxRetainedBytes) => MaxRetainedBytes = maxRetainedBytes;

    /// <summary>The pool of the process.</summary>
    public static TensorPool Shared { get; } = new(256L << 20);

    /// <summary>Bytes kept for reuse at most.</summary>
    public long MaxRetainedBytes { get; }

    /// <summary>Buffers handed out and not yet given back: zero when nothing runs, else somebody leaks.</summary>
    public long Rented => Interlocked.Read(ref _rented);

    /// <summary>Bytes kept for reuse now.</summary>
    public long RetainedBytes => Interlocked.Read(ref _retainedBytes);

    /// <summary>
    /// A buffer of exactly <paramref name="length"/> bytes whose content is undefined. The caller owns its one reference.
    /// </summary>
    /// <exception cref="InferenceException">InvalidArgument where one tensor would need more than 1 GiB.</exception>
    public TensorBuffer Rent(long length)
    {
        if (length is < 0 or > 1L << LargestBucketBits)
            throw InferenceException.InvalidArgument($"a tensor of {length} bytes was asked for; one tensor may take at most {1L << LargestBucketBits} bytes.");
        var bits = Math.Max(SmallestBucketBits, length <= 1 ? 0 : 64 - BitOperations.LeadingZeroCount((ulong)length - 1));
        var bucket = bits - SmallestBucketBits;
        Interlocked.Increment(ref _rented);
        if (_buckets[bucket].TryTake(out var buffer))
            Interlocked.Add(ref _retainedBytes, -buffer.Capacity);
        else
            buffer = Allocate(bucket, 1 << bits);
        return buffer.Rent((int)length);
    }

    /// <summary>Frees everything kept for reuse.</summary>
    public void Trim()
    {
        foreach (var bucket in _buckets)
            Free(bucket, int.MaxValue);
    }

    /// <summary>Frees what was kept and not needed at any time since the last call.</summary>
    public void TrimIdle()
    {
        foreach (var bucket in _buckets)
            Free(bucket, bucket.TakeIdleCount());
    }

    internal void Return(PooledTensorBuffer buffer)
    {
        Interlocked.Decrement(ref _rented);
        if (Interlocked.Add(ref _retainedBytes, buffer.Capacity) <= MaxRetainedBytes)
        {
            _buckets[buffer.Bucket].Keep(buffer);
            return;
        }

        Interlocked.Add(ref _retainedBytes, -buffer.Capacity);
        buffer.Free();
    }

    private void Free(TensorBucket bucket, int most)
    {
        for (var i = 0; i < most && bucket.TryTake(out var buffer); i++)
        {
            Interlocked.Add(ref _retainedBytes, -buffer.Capacity);
            buffer.Free();
        }
    }

    private PooledTensorBuffer Allocate(int bucket, int capacity)
    {
        try
        {
            return new PooledTensorBuffer(this, bucket, capacity);
        }
        catch (OutOfMemoryException e)
        {
            Interlocked.Decrement(ref _rented);
            throw new InferenceException(ErrorCode.Overloaded, $"no memory for a tensor of {capacity} bytes; try again later.", e);
        }
    }
}
