namespace Inference.Services.Pipelines;

/// <summary>Lets through one log line a second: what every request can cause must not fill the log. Thread-safe, no lock.</summary>
internal sealed class LogThrottle(TimeProvider time)
{
    private long _next = long.MinValue;
    private long _heldBack;

    /// <summary>True where the line may be written; else it is counted.</summary>
    /// <param name="heldBack">Lines that were not written since the last one that was.</param>
    public bool TryTake(out long heldBack)
    {
        heldBack = 0;
        var next = Interlocked.Read(ref _next);
        var now = time.GetTimestamp();
        if (now < next || Interlocked.CompareExchange(ref _next, now + time.TimestampFrequency, next) != next)
        {
            Interlocked.Increment(ref _heldBack);
            return false;
        }

        heldBack = Interlocked.Exchange(ref _heldBack, 0);
        return true;
    }
}
