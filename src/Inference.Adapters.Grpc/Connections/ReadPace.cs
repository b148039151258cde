namespace Inference.Adapters.Grpc.Connections;

/// <summary>
/// Slows down the reading of a connection whose requests are refused: all of these are read at the same moments, some milliseconds
/// apart. To wake a thread for each of thousands of requests that nobody answers costs several times what refusing them does,
/// and takes it from those that are answered. Not where the requests ask several models, since others have no part in that, and
/// not where one has little time. Thread-safe.
/// </summary>
/// <param name="moments">When reading goes on.</param>
/// <param name="time">Clock.</param>
internal sealed class ReadPace(ReadMoments moments, TimeProvider time)
{
    /// <summary>For how long it is remembered that requests asked several models, or had little time.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromSeconds(1);

    /// <summary>Requests that have less time than that must not lose some of it.</summary>
    public static readonly TimeSpan LeastTime = ReadMoments.SoonAhead * 10;

    /// <summary>Requests that have less time than that must not lose much of it.</summary>
    public static readonly TimeSpan AmpleTime = ReadMoments.LaterAhead * 8;

    // The read after a request often begins before the request is refused, and must not be the one that makes up for it.
    private const int SlowReads = 2;

    // Threads may change these in the middle of each other's changes, which costs or saves a pause.
    // A name may be as long as a message, so that only its hash is kept for as long as the connection lives; 0 for no model yet.
    private int _model;
    private long _mixed;
    private long _hurried;
    private int _reads;
    private long _pausedAt;
    private long _held;

    /// <summary>How long what was read last may have waited to be read: a part of the time that its sender gave it.</summary>
    public TimeSpan Held => new(Volatile.Read(ref _held));

    /// <summary>A request that came on the connection asks this model.</summary>
    /// <param name="model">Its name.</param>
    /// <param name="timeLeft">Until its deadline.</param>
    public void Called(string model, TimeSpan timeLeft)
    {
        if (timeLeft < AmpleTime)
            Volatile.Write(ref timeLeft < LeastTime ? ref _mixed : ref _hurried, time.GetTimestamp());
        var hash = model.GetHashCode(StringComparison.Ordinal) | 1;
        var before = Volatile.Read(ref _model);
        if (before == hash)
            return;
        if (before != 0)
            Volatile.Write(ref _mixed, time.GetTimestamp());
        Volatile.Write(ref _model, hash);
    }

    /// <summary>A request that came on the connection is refused since there is no room, or not enough time, for it.</summary>
    public void Refused()
    {
        if (!IsRemembered(ref _mixed))
            Volatile.Write(ref _reads, SlowReads);
    }

    /// <summary>What the next read has to wait for; null for nothing. One that has waited says so to <see cref="Paused"/>.</summary>
    public Task? Next()
    {
        var reads = Volatile.Read(ref _reads);
        if (reads == 0)
        {
            if (Volatile.Read(ref _held) != 0)
                Volatile.Write(ref _held, 0);
            return null;
        }

        Interlocked.CompareExchange(ref _reads, reads - 1, reads);
        Volatile.Write(ref _pausedAt, time.GetTimestamp());
        return (IsRemembered(ref _hurried) ? moments.Soon : moments.Later).Next();
    }

    /// <summary>A read has waited for its moment, and goes on.</summary>
    public void Paused() => Volatile.Write(ref _held, time.GetElapsedTime(Volatile.Read(ref _pausedAt)).Ticks);

    private bool IsRemembered(ref long timestamp) => Volatile.Read(ref timestamp) is var then && then != 0 && time.GetElapsedTime(then) <= Memory;
}
