using System.Diagnostics;
using Grpc.Core;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>A load from its first request to its last answer. Runs once.</summary>
internal abstract class LoadRun(LoadPlan plan, LanePool lanes) : IExchangeOwner
{
    private static readonly TimeSpan TickTime = TimeSpan.FromMilliseconds(5);

    // The server knows the deadline and ends what is late itself; only one that hangs is left to the client. Resetting thousands
    // of calls a second would be taken for an attack.
    private static readonly TimeSpan AfterDeadline = TimeSpan.FromSeconds(1);
    protected static readonly Status Late = new(StatusCode.DeadlineExceeded, "the deadline passed before the answer came.");
    private readonly long _strays = lanes.Strays;
    private long _taken;
    private int _underWay;
    private volatile bool _hasEnded;

    /// <summary>What became of the requests so far.</summary>
    public LoadTally Tally { get; } = new();

    /// <summary>Requests that are due and have no answer.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    protected LoadPlan Plan => plan;

    protected LanePool Lanes => lanes;

    /// <summary>No request is sent any more.</summary>
    protected bool HasEnded => _hasEnded;

    /// <summary>A load as it is planned.</summary>
    public static LoadRun Of(LoadPlan plan, LanePool lanes) => plan.Rate is null ? new ClosedRun(plan, lanes) : new OpenRun(plan, lanes);

    /// <summary>Takes the load, until its end or until it is cancelled, and waits for the answers.</summary>
    public async Task<LoadTally> RunAsync(CancellationToken cancellation)
    {
        Tally.End = Tally.Start + Ticks(plan.Duration);
        Start();
        using var timer = new PeriodicTimer(TickTime);
        while (Now < Tally.End && !IsExhausted && !cancellation.IsCancellationRequested)
            await TickAsync(timer).ConfigureAwait(false);
        if (cancellation.IsCancellationRequested)
            Tally.End = Math.Min(Tally.End, Now);
        _hasEnded = true;
        Stop();
        var giveUp = Now + Ticks(cancellation.IsCancellationRequested ? TimeSpan.FromSeconds(1) : plan.Grace);
        while (UnderWay > 0 && Now < giveUp)
            await TickAsync(timer).ConfigureAwait(false);
        if (lanes.Strays > _strays)
            Tally.AddWrong("it belongs to no request under way", lanes.Strays - _strays);
        Tally.Close(Now, endedEarly: IsExhausted && UnderWay == 0);
        if (UnderWay > 0)
            await GiveUpAsync().ConfigureAwait(false);
        return Tally;
    }

    public void Answered(Exchange exchange, ReadOnlySpan<byte> message)
    {
        Tally.AddMessage();
        if (exchange.Keeps && !message.IsEmpty && exchange.Template!.Expected is { } expected)
            Tally.AddCompared(expected.Check(message));
    }

    public void Completed(Exchange exchange, Status status, long now)
    {
        exchange.IsDue = false;
        Tally.Add(status.StatusCode == StatusCode.OK && IsLate(exchange, now) ? Late : status, exchange.Due, now);
        Ended(exchange, status, now);
    }

    protected static long Now => Stopwatch.GetTimestamp();

    protected static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Sends the first requests.</summary>
    protected abstract void Start();

    /// <summary>Nothing more is to be sent but what is due already.</summary>
    protected abstract void Stop();

    /// <summary>Sends what could not be sent before. Called every few milliseconds.</summary>
    protected abstract void Retry(long now);

    /// <summary>A request has ended and its place is free. Called under the lock of its connection.</summary>
    protected abstract void Ended(Exchange exchange, Status status, long now);

    /// <summary>All places that there are; some may be free.</summary>
    protected abstract IReadOnlyCollection<Exchange> Exchanges();

    /// <summary>Prepares a place for the next request of the load; false where there is none.</summary>
    protected bool TryTake(Exchange exchange, long due)
    {
        if (_hasEnded || due >= Tally.End || Tally.IsClosed)
            return false;
        var number = Interlocked.Increment(ref _taken) - 1;
        if (number >= plan.MostRequests)
            return false;
        exchange.Template = plan.Requests[(int)(number % plan.Requests.Count)];
        exchange.Keeps = plan.VerifyEvery > 0 && number % plan.VerifyEvery == 0;
        exchange.Due = due;
        exchange.IsDue = true;
        return true;
    }

    /// <summary>A place that was prepared has not been sent and will be prepared again.</summary>
    protected void GiveBack(Exchange exchange)
    {
        exchange.IsDue = false;
        Interlocked.Decrement(ref _taken);
    }

    /// <summary>Whether a request has had its time.</summary>
    protected bool IsLate(Exchange exchange, long now) => plan.Deadline is { } deadline && exchange.Due < now - Ticks(deadline);

    protected void CountUnderWay(int more) => Interlocked.Add(ref _underWay, more);

    private bool IsExhausted => Volatile.Read(ref _taken) >= plan.MostRequests;

    private async Task TickAsync(PeriodicTimer timer)
    {
        await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false);
        lanes.Restore();
        Retry(Now);
        if (plan.Deadline is not { } deadline)
            return;
        var dueBefore = Now - Ticks(deadline + AfterDeadline);
        foreach (var exchange in Exchanges())
        {
            if (exchange.IsUnderWay && exchange.Due < dueBefore)
                exchange.Lane!.Abort(exchange, dueBefore, Late, Now);
        }
    }

    // Their connections are of no use to the next load: what still comes on them would be taken for its answers.
    private async Task GiveUpAsync()
    {
        var now = Now;
        foreach (var exchange in Exchanges().Where(e => e.IsDue))
            Tally.AddUnanswered(exchange.Due, now);
        await lanes.ReopenAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
