namespace Inference.Benchmarks.Load.Measure;

/// <summary>Mean and percentiles of latencies, all in microseconds; NaN where there were none.</summary>
internal sealed record LatencySummary(int Count, double Mean, double P50, double P90, double P99, double P999, double Longest)
{
    /// <summary>Sums up durations in microseconds; their order changes.</summary>
    public static LatencySummary Of(float[] microseconds)
    {
        Array.Sort(microseconds);
        var mean = microseconds.Length == 0 ? double.NaN : microseconds.Average(m => (double)m);
        return new(
            microseconds.Length, mean, Percentile(microseconds, 0.5), Percentile(microseconds, 0.9), Percentile(microseconds, 0.99),
            Percentile(microseconds, 0.999), Percentile(microseconds, 1));
    }

    /// <summary>The smallest value that at least this share of the values do not exceed (nearest rank).</summary>
    public static double Percentile(ReadOnlySpan<float> sorted, double share)
    {
        if (sorted.Length == 0)
            return double.NaN;

        // In decimal, because 0.999 × 1000 in binary lies above 999 and would give the next rank.
        var rank = (int)Math.Ceiling((decimal)share * sorted.Length);
        return sorted[Math.Clamp(rank, 1, sorted.Length) - 1];
    }

    /// <summary>Adds the figures to a report, in microseconds, with names that begin with a prefix.</summary>
    public void AddTo(Report report, string prefix = "")
    {
        report.Add($"{prefix}mean_us", Mean);
        report.Add($"{prefix}p50_us", P50);
        report.Add($"{prefix}p90_us", P90);
        report.Add($"{prefix}p99_us", P99);
        report.Add($"{prefix}p999_us", P999);
        report.Add($"{prefix}max_us", Longest);
    }
}
