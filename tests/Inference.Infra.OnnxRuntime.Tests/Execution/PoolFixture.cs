using System.Collections.Concurrent;
using Inference.Domain.Execution;
using Inference.Infra.OnnxRuntime.Devices;
using Inference.Infra.OnnxRuntime.Execution;
using Inference.Infra.OnnxRuntime.Tests.Devices;

namespace Inference.Infra.OnnxRuntime.Tests.Execution;

/// <summary>A pool of lanes on a device of its own, whose source runs what it is given, in order.</summary>
internal sealed class PoolFixture : IRunSource, IAsyncDisposable
{
    private readonly ConcurrentQueue<ThreadRun> _runs = new();
    private readonly ConcurrentBag<StubLane> _lanes = [];

    public PoolFixture(int lanes = 1, int threads = 1, bool runsInline = true, Device? device = null)
    {
        Device = device ?? new Device("test", threads, runsInline, TimeProvider.System);
        Pool = new LanePool(new ExecutorInfo("test", lanes), 1, Device, CreateLane, () => Released++);
        Pool.Attach(this);
    }

    public Device Device { get; }

    public LanePool Pool { get; }

    public IReadOnlyCollection<StubLane> Lanes => _lanes;

    public int Released { get; private set; }

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
        _runs.TryDequeue(out var run);
        more = !_runs.IsEmpty;
        DuringNext?.Invoke();
        return run;
    }

    public async ValueTask DisposeAsync()
    {
        await Pool.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Device.Dispose();
    }

    private StubLane CreateLane()
    {
        var lane = new StubLane();
        _lanes.Add(lane);
        return lane;
    }
}
