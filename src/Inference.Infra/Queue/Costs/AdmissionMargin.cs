namespace Inference.Infra.Queue.Costs;

/// <summary>
/// By how much a predicted time is taken longer than predicted before a request is let in, learned from those that were let
/// in and came too late: runs on a busy machine vary, and whoever is let in with no time to spare has used a lane for
/// nothing. Settles where about one in a hundred comes too late. Not thread-safe.
/// </summary>
internal sealed class AdmissionMargin
{
    private const double Increase = 1.02;
    private const double Decrease = 0.9998;
    private const double Most = 2;

    /// <summary>What predicted times are multiplied by; at least 1.</summary>
    public double Factor { get; private set; } = 1;

    /// <summary>A request with a deadline was answered in time.</summary>
    public void InTime() => Factor = Math.Max(1, Factor * Decrease);

    /// <summary>A request was let in and came too late.</summary>
    public void Late() => Factor = Math.Min(Most, Factor * Increase);
}
