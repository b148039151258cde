using System.Collections.Concurrent;
using Grpc.Core;
using Inference.Adapters.Cli.Bench.Measure;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>
/// Requests that come when they come, whether or not the server keeps up: what many independent users do. A thread of its own
/// sends each when it is due. One that finds every connection full waits, and its latency counts from when it was due.
/// </summary>
internal sealed class OpenRun : LoadRun
{
    private readonly ConcurrentStack<Exchange> _free = new();
    private readonly ConcurrentQueue<Exchange> _backlog = new();
    private readonly List<Exchange> _all = [];
    private readonly Lock _gate = new();
    private readonly Thread _clock;
    private int _turn;
    private volatile bool _stops;

    public OpenRun(LoadPlan plan, LanePool lanes)
        : base(plan, lanes) => _clock = new Thread(Arrive) { IsBackground = true, Name = "arrivals", Priority = ThreadPriority.AboveNormal };

    protected override void Start() => _clock.Start();

    protected override void Stop()
    {
        _stops = true;
        _clock.Join();
    }

    protected override void Retry(long now)
    {
        for (var count = _backlog.Count; count > 0 && _backlog.TryDequeue(out var exchange); count--)
        {
            if (IsLate(exchange, now))
            {
                exchange.Lane = null;
                Completed(exchange, Late, now);
                continue;
            }

            if (TrySend(exchange))
                continue;
            _backlog.Enqueue(exchange);
            break;
        }

        FlushAll();
    }

    protected override void Ended(Exchange exchange, Status status, long now)
    {
        var lane = exchange.Lane;
        CountUnderWay(-1);
        _free.Push(exchange);
        if (lane is not null && _backlog.TryDequeue(out var next) && !lane.TrySend(next))
            _backlog.Enqueue(next);
    }

    protected override IReadOnlyCollection<Exchange> Exchanges()
    {
        lock (_gate)
            return [.. _all];
    }

    private void Arrive()
    {
        var arrivals = new Arrivals(Plan.Rate!.Value, Plan.IsEven, Plan.Seed);
        for (var due = Tally.Start + Ticks(arrivals.Next()); due < Tally.End && !_stops; due = Tally.Start + Ticks(arrivals.Next()))
        {
            if (due > Now)
                FlushAll();
            for (var wait = due - Now; wait > 0 && !_stops; wait = due - Now)
                FineSleep.For(Min(TimeSpan.FromSeconds((double)wait / System.Diagnostics.Stopwatch.Frequency)));
            if (!TryArrive(due))
                break;
        }

        FlushAll();
    }

    private bool TryArrive(long due)
    {
        if (!_free.TryPop(out var exchange))
            exchange = Create();
        if (exchange is null)
        {
            Tally.Add(new Status(StatusCode.ResourceExhausted, $"{Plan.MostOutstanding} requests were due and not answered: the load was not offered in full."), due, Now);
            return true;
        }

        if (!TryTake(exchange, due))
            return false;
        CountUnderWay(1);
        Tally.Lag.Record(LoadTally.Nanoseconds(Now - due));
        if (!_backlog.IsEmpty || !TrySend(exchange))
            _backlog.Enqueue(exchange);
        return true;
    }

    private Exchange? Create()
    {
        lock (_gate)
        {
            if (_all.Count >= Plan.MostOutstanding)
                return null;
            _all.Add(new Exchange(this));
            return _all[^1];
        }
    }

    private bool TrySend(Exchange exchange)
    {
        for (var tries = 0; tries < Lanes.Count; tries++)
        {
            var lane = Lanes[(int)((uint)Interlocked.Increment(ref _turn) % Lanes.Count)];
            if (lane is { IsOpen: true } && lane.TrySend(exchange))
                return true;
        }

        return false;
    }

    // Not longer than it may take to notice that the load has ended.
    private static TimeSpan Min(TimeSpan wait) => wait < TimeSpan.FromMilliseconds(20) ? wait : TimeSpan.FromMilliseconds(20);

    private void FlushAll()
    {
        for (var i = 0; i < Lanes.Count; i++)
            Lanes[i]?.Flush();
    }
}
