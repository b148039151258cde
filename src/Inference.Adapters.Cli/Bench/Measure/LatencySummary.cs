namespace Inference.Adapters.Cli.Bench.Measure;

/// <summary>What is told of latencies, all in microseconds; NaN where there were none.</summary>
internal sealed record LatencySummary(double Mean, double P50, double P90, double P95, double P99, double P999, double Longest)
{
    private const double PerMicrosecond = 1000;

    public static LatencySummary Of(LatencyHistogram latencies) => new(
        latencies.Mean / PerMicrosecond, At(latencies, 0.5), At(latencies, 0.9), At(latencies, 0.95), At(latencies, 0.99), At(latencies, 0.999),
        latencies.Longest / PerMicrosecond);

    private static double At(LatencyHistogram latencies, double share) => latencies.Percentile(share) / PerMicrosecond;
}
