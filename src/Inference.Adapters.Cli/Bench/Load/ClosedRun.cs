using System.Collections.Concurrent;
using Grpc.Core;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>
/// Callers that send their next request when they have the answer to the last: what a server can do, and how long it takes
/// when nobody waits in front of it.
/// </summary>
internal sealed class ClosedRun : LoadRun
{
    // A caller who was refused waits, so that refusals do not become the load.
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMilliseconds(10);
    private readonly Exchange[] _callers;
    private readonly ConcurrentQueue<(Exchange Caller, int Number, long From)> _parked = new();

    public ClosedRun(LoadPlan plan, LanePool lanes)
        : base(plan, lanes) => _callers = [.. Enumerable.Range(0, plan.Concurrency).Select(_ => new Exchange(this))];

    protected override void Start()
    {
        CountUnderWay(_callers.Length);
        for (var i = 0; i < _callers.Length; i++)
            Next(_callers[i], Lanes[i], Now);
        FlushAll();
    }

    protected override void Stop()
    {
    }

    protected override void Ended(Exchange exchange, Status status, long now)
    {
        if (status.StatusCode is StatusCode.ResourceExhausted or StatusCode.Unavailable)
            Park(exchange, now);
        else
            Next(exchange, exchange.Lane, now);
    }

    protected override void Retry(long now)
    {
        for (var count = _parked.Count; count > 0 && _parked.TryDequeue(out var parked); count--)
        {
            if (HasEnded)
                CountUnderWay(-1);
            else if (parked.From > now)
                _parked.Enqueue(parked);
            else
                Next(parked.Caller, Lanes[parked.Number], now);
        }

        FlushAll();
    }

    protected override IReadOnlyCollection<Exchange> Exchanges() => _callers;

    private void Next(Exchange caller, ILane? lane, long now)
    {
        if (lane is not { IsOpen: true })
        {
            Park(caller, now);
        }
        else if (!TryTake(caller, now))
        {
            CountUnderWay(-1);
        }
        else if (!lane.TrySend(caller))
        {
            // The server closed the connection just now; another is being opened.
            GiveBack(caller);
            Park(caller, now);
        }
    }

    private void Park(Exchange caller, long now) => _parked.Enqueue((caller, Array.IndexOf(_callers, caller), now + Ticks(AfterRefusal)));

    private void FlushAll()
    {
        for (var i = 0; i < Lanes.Count; i++)
            Lanes[i]?.Flush();
    }
}
