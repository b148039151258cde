using Inference.Domain.Execution;
using Inference.Infra.OnnxRuntime.Devices;

namespace Inference.Infra.OnnxRuntime.Tests.Devices;

/// <summary>A device whose threads and runs exist on paper only: time jumps from the end of one run to that of the next.</summary>
internal sealed class ScheduleSimulation(int threads)
{
    private readonly DeviceSchedule _schedule = new(threads);
    private readonly PriorityQueue<(SimulatedClient Client, DeviceTurn Turn), long> _running = new();

    public long Now { get; private set; }

    /// <summary>Most runs that were under way at once.</summary>
    public int Widest { get; private set; }

    /// <summary>Ticks during which more runs were under way than there are threads.</summary>
    public long TicksInReserve { get; private set; }

    public SimulatedClient Add(int lanes, int weight, Func<long> duration) => new(lanes, weight, duration);

    /// <summary>The client has so many runs more.</summary>
    public void Come(SimulatedClient client, int runs)
    {
        client.Waiting += runs;
        _schedule.List(client.Share);
        Start();
    }

    /// <summary>Runs until then; clients that always have work never run out of it.</summary>
    public void RunUntil(long time)
    {
        while (NextEvent() is var next && next <= time)
        {
            Pass(next);
            if (_running.TryPeek(out _, out var end) && end == next)
                End();
            Start();
        }

        Pass(time);
    }

    // A run ends, or one under way has taken so long that the next may begin beside it.
    private long NextEvent()
    {
        var end = _running.TryPeek(out _, out var first) ? first : long.MaxValue;
        var ticks = _schedule.TicksUntilNext(Now);
        return double.IsInfinity(ticks) ? end : Math.Min(end, Now + Math.Max(1, (long)Math.Ceiling(ticks)));
    }

    private void End()
    {
        var (client, turn) = _running.Dequeue();
        client.Finish(Now, Now - turn.Start);
        _schedule.End(client.Share, turn, Now - turn.Start);
        if (client.Waiting > 0)
            _schedule.List(client.Share);
    }

    private void Pass(long time)
    {
        if (_running.Count > threads)
            TicksInReserve += time - Now;
        Now = time;
    }

    private void Start()
    {
        while (_schedule.Begin(Now, out var turn) is { } share)
        {
            var client = (SimulatedClient)share.Client;
            client.Waiting--;
            client.Start(Now);
            _running.Enqueue((client, turn), Now + client.Duration());
            if (client.Waiting > 0)
                _schedule.List(share);
            Widest = Math.Max(Widest, _running.Count);
        }
    }

    internal sealed class SimulatedClient : IDeviceClient
    {
        public const int Always = int.MaxValue / 2;

        public SimulatedClient(int lanes, int weight, Func<long> duration)
        {
            (Weight, Duration) = (weight, duration);
            Share = new DeviceShare(this, lanes, weight);
        }

        public DeviceShare Share { get; }

        public int Weight { get; }

        public Func<long> Duration { get; }

        public int Waiting { get; set; }

        public List<long> Starts { get; } = [];

        public List<long> Ends { get; } = [];

        /// <summary>Ticks of all runs that are over.</summary>
        public long Served { get; private set; }

        public void Start(long now) => Starts.Add(now);

        public void Finish(long now, long ticks)
        {
            Ends.Add(now);
            Served += ticks;
        }

        public IRun? Next(out bool more) => throw new NotSupportedException("runs exist on paper only");

        public void Execute(IRun run) => throw new NotSupportedException("runs exist on paper only");
    }
}
