namespace Inference.Services.Statistics;

/// <summary>A count and a sum of nanoseconds. Thread-safe without a lock; count and sum may be read a moment apart.</summary>
internal sealed class DurationCounter
{
    private long _count;
    private long _nanoseconds;

    public void Add(long nanoseconds)
    {
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _nanoseconds, nanoseconds);
    }

    public DurationTotal Read() => new((ulong)Interlocked.Read(ref _count), (ulong)Interlocked.Read(ref _nanoseconds));
}

/// <summary>Requests that a lane or an end was found for, their waits until then, and requests that were refused at once.</summary>
internal readonly record struct WaitTotals(ulong Count, ulong Nanoseconds, ulong Refused);

/// <summary>How often something happened and how long it took altogether.</summary>
public readonly record struct DurationTotal(ulong Count, ulong Nanoseconds);
