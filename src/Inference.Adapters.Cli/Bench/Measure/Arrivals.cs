namespace Inference.Adapters.Cli.Bench.Measure;

/// <summary>When calls of an open loop arrive: independent of each other (Poisson) or evenly, at a mean rate a second.</summary>
internal sealed class Arrivals(double rate, bool even, int seed)
{
    private readonly Random _random = new(seed);
    private double _last;

    /// <summary>The next arrival, as time since the start.</summary>
    public TimeSpan Next()
    {
        // 1 - u lies in (0, 1], so that the logarithm is finite.
        _last += even ? 1 / rate : -Math.Log(1 - _random.NextDouble()) / rate;
        return TimeSpan.FromSeconds(_last);
    }
}
