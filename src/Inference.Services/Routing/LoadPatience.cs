namespace Inference.Services.Routing;

/// <summary>How a request waits for a pipeline that is not in memory.</summary>
/// <param name="Limit">For how long at most; infinite for as long as it takes.</param>
/// <param name="MayRefuse">It is refused where too many wait.</param>
/// <param name="Time">Clock of the limit.</param>
public readonly record struct LoadPatience(TimeSpan Limit, bool MayRefuse, TimeProvider Time)
{
    /// <summary>For as long as it takes.</summary>
    public static LoadPatience Endless { get; } = new(Timeout.InfiniteTimeSpan, true, TimeProvider.System);
}
