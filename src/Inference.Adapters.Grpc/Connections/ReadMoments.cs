namespace Inference.Adapters.Grpc.Connections;

/// <summary>When connections whose requests are refused are read. Thread-safe.</summary>
/// <param name="time">Whose timers they come by.</param>
internal sealed class ReadMoments(TimeProvider time) : IDisposable
{
    /// <summary>How far ahead <see cref="Soon"/> is at most.</summary>
    public static readonly TimeSpan SoonAhead = TimeSpan.FromMilliseconds(5);

    /// <summary>How far ahead <see cref="Later"/> is at most.</summary>
    public static readonly TimeSpan LaterAhead = TimeSpan.FromMilliseconds(20);

    /// <summary>For requests that have little time to lose.</summary>
    public CommonMoment Soon { get; } = new(SoonAhead, time);

    /// <summary>For all others: the rarer threads wake, the less of the processors that takes.</summary>
    public CommonMoment Later { get; } = new(LaterAhead, time);

    public void Dispose()
    {
        Soon.Dispose();
        Later.Dispose();
    }
}
