using System.Numerics;

namespace Inference.Adapters.Cli.Bench.Measure;

/// <summary>
/// Latencies in nanoseconds, counted in buckets that are 0.4% wide, so that a run of any length takes the same memory.
/// Recording is safe from any number of threads and allocates nothing.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int Bits = 8, PerOctave = 1 << Bits, Octaves = 36;
    private readonly long[] _counts = new long[Octaves * PerOctave];
    private long _count;
    private long _sum;
    private long _longest;

    /// <summary>How many there are.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Their mean; NaN without any.</summary>
    public double Mean => Count == 0 ? double.NaN : (double)Volatile.Read(ref _sum) / Count;

    /// <summary>The longest, exactly; NaN without any.</summary>
    public double Longest => Count == 0 ? double.NaN : Volatile.Read(ref _longest);

    /// <summary>Adds one.</summary>
    public void Record(long nanoseconds) => Record(nanoseconds, 1);

    /// <summary>The smallest latency that at least this share of all do not exceed; NaN without any.</summary>
    public double Percentile(double share) => Percentile(_counts, share, Longest);

    /// <summary>The counts now, for <see cref="PercentileSince"/>.</summary>
    public long[] Snapshot() => [.. _counts];

    /// <summary>The percentile of what was added since a snapshot.</summary>
    public double PercentileSince(long[] snapshot, double share)
    {
        var since = Snapshot();
        for (var i = 0; i < since.Length; i++)
            since[i] -= snapshot[i];
        return Percentile(since, share, Longest);
    }

    /// <summary>
    /// What callers who keep a pace would have seen: one whose call takes longer than the pace holds up the calls that were due
    /// meanwhile, which a caller who waits never makes. Each of them is added with the time that it would have taken.
    /// </summary>
    /// <param name="paceNanoseconds">Time from one call of a caller to its next.</param>
    public LatencyHistogram Corrected(double paceNanoseconds)
    {
        var corrected = new LatencyHistogram();
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] == 0)
                continue;
            var latency = Math.Min(Middle(i), Longest);
            corrected.Record((long)latency, _counts[i]);
            for (var late = latency - paceNanoseconds; paceNanoseconds > 0 && late >= paceNanoseconds; late -= paceNanoseconds)
                corrected.Record((long)late, _counts[i]);
        }

        corrected._longest = _longest;
        return corrected;
    }

    private static double Percentile(long[] counts, double share, double longest)
    {
        var total = counts.Sum();
        if (total == 0)
            return double.NaN;

        // In decimal, because 0.999 × 1000 in binary lies above 999 and would give the next rank.
        var rank = Math.Clamp((long)Math.Ceiling((decimal)share * total), 1, total);
        for (var i = 0; i < counts.Length; i++)
        {
            rank -= counts[i];
            if (rank <= 0)
                return Math.Min(Middle(i), longest);
        }

        return longest;
    }

    private static int Index(long value)
    {
        if (value < PerOctave)
            return (int)value;
        var shift = BitOperations.Log2((ulong)value) - Bits;
        return Math.Min(((shift + 1) * PerOctave) + (int)(value >> shift) - PerOctave, (Octaves * PerOctave) - 1);
    }

    private static double Middle(int index)
    {
        if (index < PerOctave)
            return index;
        var shift = (index / PerOctave) - 1;
        var low = (long)((index % PerOctave) + PerOctave) << shift;
        return low + ((1L << shift) / 2.0);
    }

    private void Record(long nanoseconds, long times)
    {
        var value = Math.Max(0, nanoseconds);
        Interlocked.Add(ref _counts[Index(value)], times);
        Interlocked.Add(ref _sum, value * times);
        Interlocked.Add(ref _count, times);
        for (var longest = Volatile.Read(ref _longest); value > longest; longest = Volatile.Read(ref _longest))
            Interlocked.CompareExchange(ref _longest, value, longest);
    }
}
