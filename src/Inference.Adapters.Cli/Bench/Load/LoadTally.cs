using System.Diagnostics;
using Grpc.Core;
using Inference.Adapters.Cli.Bench.Measure;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>What became of the requests of one load. Safe from any number of threads.</summary>
internal sealed class LoadTally
{
    private static readonly double NanosecondsPerTick = 1e9 / Stopwatch.Frequency;
    private long _inTime;
    private long _lastDone;
    private long _wrong;
    private long _compared;
    private long _messages;
    private string? _firstWrong;
    private string? _firstError;

    /// <summary>When the load began; a timestamp.</summary>
    public long Start { get; } = Stopwatch.GetTimestamp();

    /// <summary>When the last request may be sent; answers count towards the rate until then.</summary>
    public long End { get; set; } = long.MaxValue;

    /// <summary>Latencies from when a request was due, of those that were answered or ran out of time.</summary>
    public LatencyHistogram Latencies { get; } = new();

    /// <summary>How much later than due requests of an open loop were handed to a connection.</summary>
    public LatencyHistogram Lag { get; } = new();

    /// <summary>How requests ended.</summary>
    public StatusCounts Statuses { get; } = new();

    /// <summary>Requests that had no answer when the load was given up.</summary>
    public long Unanswered { get; private set; }

    /// <summary>Messages that came; more than requests where a model answers several times.</summary>
    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Answers that were compared.</summary>
    public long Compared => Volatile.Read(ref _compared);

    /// <summary>Those of them that were wrong, and answers that belong to no request.</summary>
    public long Wrong => Volatile.Read(ref _wrong);

    /// <summary>What is wrong with the first of them.</summary>
    public string? FirstWrong => _firstWrong;

    /// <summary>Status and text of the first request that failed.</summary>
    public string? FirstError => _firstError;

    /// <summary>Requests that ended, and those that never did.</summary>
    public long Requests => Statuses.Total + Unanswered;

    /// <summary>Requests that were answered.</summary>
    public long Ok => Statuses[StatusCode.OK];

    /// <summary>How long the load took; what came after its end is not in the rate.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Answers a second.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? Volatile.Read(ref _inTime) / Elapsed.TotalSeconds : 0;

    /// <summary>Nothing more counts: what comes belongs to a load that was given up.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>A request ended.</summary>
    public void Add(Status status, long due, long now)
    {
        if (IsClosed)
            return;
        Statuses.Add(status.StatusCode);
        Volatile.Write(ref _lastDone, now);
        if (status.StatusCode is StatusCode.OK or StatusCode.DeadlineExceeded)
            Latencies.Record(Nanoseconds(now - due));
        if (status.StatusCode == StatusCode.OK)
        {
            if (now <= End)
                Interlocked.Increment(ref _inTime);
        }
        else
        {
            _firstError ??= $"{status.StatusCode}: {status.Detail}";
        }
    }

    /// <summary>A message came.</summary>
    public void AddMessage() => Interlocked.Increment(ref _messages);

    /// <summary>An answer was compared.</summary>
    /// <param name="problem">What is wrong with it; null where it is right.</param>
    public void AddCompared(string? problem)
    {
        Interlocked.Increment(ref _compared);
        if (problem is not null)
            AddWrong(problem);
    }

    /// <summary>Answers came that are wrong.</summary>
    public void AddWrong(string problem, long count = 1)
    {
        Interlocked.Add(ref _wrong, count);
        Interlocked.CompareExchange(ref _firstWrong, problem, null);
    }

    /// <summary>A request never got an answer; it took at least until now.</summary>
    public void AddUnanswered(long due, long now)
    {
        Unanswered++;
        Latencies.Record(Nanoseconds(now - due));
    }

    /// <summary>The load is over.</summary>
    /// <param name="now">Now.</param>
    /// <param name="endedEarly">All requests that there were are sent, so that the load ended with the last answer.</param>
    public void Close(long now, bool endedEarly)
    {
        IsClosed = true;
        var last = endedEarly ? Volatile.Read(ref _lastDone) : Math.Min(now, End);
        Elapsed = Stopwatch.GetElapsedTime(Start, Math.Max(last, Start));
    }

    /// <summary>Nanoseconds of a number of ticks.</summary>
    public static long Nanoseconds(long ticks) => (long)(ticks * NanosecondsPerTick);
}
