namespace Inference.Domain.Residence;

/// <summary>
/// How long a pipeline is kept that comes back soon after it was evicted: twice as long each time, up to a bound, so that two
/// pipelines do not throw each other out with every request, and none stays for ever. Pure.
/// </summary>
/// <param name="Window">What comes back within that time came back at once; also the longest stay. Zero for no protection.</param>
public readonly record struct ReturnPolicy(TimeSpan Window)
{
    private const int FirstDivisor = 8;
    private const int MostDoublings = 3;

    /// <summary>How often in a row a pipeline has come back at once, this time included; 0 where it did not.</summary>
    /// <param name="before">How often until it was evicted.</param>
    /// <param name="away">Time since it was evicted; null where it never was.</param>
    public int Returns(int before, TimeSpan? away) => Window > TimeSpan.Zero && away is { } time && time <= Window ? Math.Min(before, MostDoublings) + 1 : 0;

    /// <summary>How long it is kept.</summary>
    /// <param name="returns">As <see cref="Returns"/> tells.</param>
    public TimeSpan Stay(int returns) =>
        returns <= 0 ? TimeSpan.Zero : new TimeSpan((Window.Ticks << Math.Min(returns - 1, MostDoublings)) / FirstDivisor);
}
