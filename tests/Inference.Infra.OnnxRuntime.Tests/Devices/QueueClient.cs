using System.Collections.Concurrent;
using Inference.Domain.Execution;
using Inference.Infra.OnnxRuntime.Devices;

namespace Inference.Infra.OnnxRuntime.Tests.Devices;

/// <summary>A client of a device's threads that runs what it is given, in order.</summary>
internal sealed class QueueClient : IDeviceClient
{
    private readonly ConcurrentQueue<ThreadRun> _runs = new();
    private int _underWay;

    public QueueClient(int lanes = 1, int weight = 1) => Share = new DeviceShare(this, lanes, weight);

    public DeviceShare Share { get; }

    /// <summary>Most runs that were under way at once.</summary>
    public int Widest { get; private set; }

    /// <summary>Calls of <see cref="Next"/>, and runs, that are under way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Called by <see cref="Next"/> after it looked and before it answers.</summary>
    public Action? DuringNext { get; set; }

    public ThreadRun Add(Action? during = null) => Add(new ThreadRun { During = during });

    public ThreadRun Add(ThreadRun run)
    {
        _runs.Enqueue(run);
        return run;
    }

    public IRun? Next(out bool more)
    {
        Interlocked.Increment(ref _underWay);
        _runs.TryDequeue(out var run);
        more = !_runs.IsEmpty;
        DuringNext?.Invoke();
        Interlocked.Decrement(ref _underWay);
        return run;
    }

    public void Execute(IRun run)
    {
        var underWay = Interlocked.Increment(ref _underWay);
        lock (_runs)
            Widest = Math.Max(Widest, underWay);
        ((ThreadRun)run).Execute();
        Interlocked.Decrement(ref _underWay);
    }
}
