namespace Inference.Core.Telemetry;

/// <summary>How many more calls are traced. Thread-safe.</summary>
public sealed class TraceAllowance
{
    private readonly bool _isBounded;
    private long _left;

    /// <summary>Creates it.</summary>
    /// <param name="count">Calls; negative for any number.</param>
    public TraceAllowance(long count) => (_isBounded, _left) = (count >= 0, count);

    /// <summary>Calls that are left; -1 for any number.</summary>
    public long Left => _isBounded ? Math.Max(0, Volatile.Read(ref _left)) : -1;

    /// <summary>Takes one; false where none is left.</summary>
    public bool TryTake() => !_isBounded || (Volatile.Read(ref _left) > 0 && Interlocked.Decrement(ref _left) >= 0);
}
