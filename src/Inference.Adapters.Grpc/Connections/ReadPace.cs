namespace Inference.Adapters.Grpc.Connections;

/// <summary>
/// Slows down the reading of a connection whose requests are refused: all of these are read at the same moments, a few milliseconds
/// apart. To wake a thread for each of thousands of requests that nobody answers costs several times what refusing them does,
/// and takes it from those that are answered. Not where the requests ask several models, since others have no part in that, and
/// not where they have little time. Thread-safe.
/// </summary>
/// <param name="moment">When reading goes on.</param>
/// <param name="time">Clock.</param>
internal sealed class ReadPace(CommonMoment moment, TimeProvider time)
{
    /// <summary>For how long it is remembered that requests asked several models.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(1);

    /// <summary>Requests that have less time than that must not lose some of it.</summary>
    public static readonly TimeSpan LeastTime = CommonMoment.Ahead * 10;

    // The read after a request often begins before the request is refused, and must not be the one that makes up for it.
    private const int SlowReads = 2;

    // Threads may change these in the middle of each other's changes, which costs or saves a pause.
    // A name may be as long as a message, so that only its hash is kept for as long as the connection lives; 0 for no model yet.
    private int _model;
    private long _mixed;
    private int _reads;

    /// <summary>A request that came on the connection asks this model.</summary>
    public void Called(string model)
    {
        var hash = model.GetHashCode(StringComparison.Ordinal) | 1;
        var before = Volatile.Read(ref _model);
        if (before == hash)
            return;
        if (before != 0)
            Volatile.Write(ref _mixed, time.GetTimestamp());
        Volatile.Write(ref _model, hash);
    }

    /// <summary>A request that came on the connection is refused since there is no room, or not enough time, for it.</summary>
    /// <param name="timeLeft">Until its deadline.</param>
    public void Refused(TimeSpan timeLeft)
    {
        if (timeLeft < LeastTime)
            return;
        var mixed = Volatile.Read(ref _mixed);
        if (mixed == 0 || time.GetElapsedTime(mixed) > Memory)
            Volatile.Write(ref _reads, SlowReads);
    }

    /// <summary>What the next read has to wait for; null for nothing.</summary>
    public Task? Next()
    {
        var reads = Volatile.Read(ref _reads);
        if (reads == 0)
            return null;
        Interlocked.CompareExchange(ref _reads, reads - 1, reads);
        return moment.Next();
    }
}
