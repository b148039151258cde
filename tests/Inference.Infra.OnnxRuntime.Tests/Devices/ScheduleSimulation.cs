using Inference.Domain.Execution;
using Inference.Infra.OnnxRuntime.Devices;

namespace Inference.Infra.OnnxRuntime.Tests.Devices;

/// <summary>A device whose threads and runs exist on paper only: time jumps from the end of one run to that of the next.</summary>
internal sealed class ScheduleSimulation(int threads)
{
    private readonly DeviceSchedule _schedule = new(threads);
    private readonly PriorityQueue<(SimulatedClient Client, double Charge, long Start), long> _running = new();

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
        while (_running.TryPeek(out _, out var end) && end <= time)
        {
            var (client, charge, start) = _running.Dequeue();
            Pass(end);
            client.Finish(Now, end - start);
            _schedule.End(client.Share, charge, end - start);
            if (client.Waiting > 0)
                _schedule.List(client.Share);
            Start();
        }

        Pass(time);
    }

    private void Pass(long time)
    {
        if (_running.Count > threads)
            TicksInReserve += time - Now;
        Now = time;
    }

    private void Start()
    {
        while (_schedule.Begin(out var charge) is { } share)
        {
            var client = (SimulatedClient)share.Client;
            client.Waiting--;
            client.Start(Now);
            _running.Enqueue((client, charge, Now), Now + client.Duration());
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
