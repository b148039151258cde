namespace Inference.Services.Saturation;

/// <summary>A mean in which what is older than some seconds hardly counts.</summary>
internal static class Smoothing
{
    private const double MemorySeconds = 5;

    // Below this there is nothing to tell: a value that halves for ever would keep its series alive.
    private const double Nothing = 1e-4;

    /// <summary>The mean with one more value, which held for <paramref name="elapsed"/>.</summary>
    public static double Next(double mean, double value, TimeSpan elapsed)
    {
        var next = value + ((mean - value) * Math.Exp(-elapsed.TotalSeconds / MemorySeconds));
        return next < Nothing ? 0 : next;
    }
}
