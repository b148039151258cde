namespace Inference.Benchmarks.Load.Measure;

/// <summary>
/// Durations in microseconds, kept one by one so that percentiles are exact. Adding is safe from any number of threads and
/// allocates nothing; reading waits until all have been added.
/// </summary>
internal sealed class LatencySamples(int capacity)
{
    private readonly float[] microseconds = new float[capacity];
    private int next;

    /// <summary>How many there are.</summary>
    public int Count => Math.Min(Volatile.Read(ref next), microseconds.Length);

    /// <summary>Durations that found no room. A run whose samples are cut off must not be summed up.</summary>
    public int Lost => Math.Max(0, Volatile.Read(ref next) - microseconds.Length);

    /// <summary>Adds one.</summary>
    public void Add(TimeSpan duration)
    {
        var index = Interlocked.Increment(ref next) - 1;
        if (index < microseconds.Length)
            microseconds[index] = (float)duration.TotalMicroseconds;
    }

    /// <summary>How many lie within a limit.</summary>
    public int Within(TimeSpan limit) => microseconds.AsSpan(0, Count).ToArray().Count(m => m <= limit.TotalMicroseconds);

    /// <summary>Sums up what was added, and what was added to the others.</summary>
    /// <exception cref="LoadException">Some durations were lost.</exception>
    public static LatencySummary Summarise(params IReadOnlyList<LatencySamples> samples)
    {
        if (samples.FirstOrDefault(s => s.Lost > 0) is { } full)
            throw new LoadException($"{full.Lost} latencies beyond the {full.Count} that are kept were lost; make the run shorter.");
        var all = new float[samples.Sum(s => s.Count)];
        var filled = 0;
        foreach (var one in samples)
        {
            one.microseconds.AsSpan(0, one.Count).CopyTo(all.AsSpan(filled));
            filled += one.Count;
        }

        return LatencySummary.Of(all);
    }
}
