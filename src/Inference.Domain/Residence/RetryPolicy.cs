namespace Inference.Domain.Residence;

/// <summary>When a pipeline that could not be loaded is tried again for a request: later each time. Pure.</summary>
public static class RetryPolicy
{
    private const int MostDoublings = 8;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>Time from a failure until a request may cause another try; at most 256 s.</summary>
    /// <param name="failures">Failures in a row, from 1.</param>
    public static TimeSpan Delay(int failures) => First * (1 << Math.Clamp(failures - 1, 0, MostDoublings));
}
