using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.Tests.Queue.Overload;

/// <summary>
/// Lanes whose runs take as long as a cost model says, by a clock that the simulation moves. Runs of several lanes share the
/// device: each begins as slow as there are runs. Runs really execute, on threads of their own, one step at a time.
/// </summary>
internal sealed class SimulatedPool(FakeTimeProvider time, int lanes, Func<long, double> milliseconds) : ILanePool
{
    private readonly SimulatedLane?[] _running = new SimulatedLane?[lanes];
    private IRunSource? _source;

    public ExecutorInfo Info { get; } = new("simulated", lanes);

    /// <summary>When the next run ends; <see cref="DateTimeOffset.MaxValue"/> where none is under way.</summary>
    public DateTimeOffset NextEnd => _running.Min(l => l?.End ?? DateTimeOffset.MaxValue);

    public void Attach(IRunSource source) => _source = source;

    public bool Signal()
    {
        for (var i = 0; i < lanes; i++)
        {
            if (_running[i] is null && _source!.Next(out _) is { } run)
                _running[i] = new SimulatedLane(run, rows => time.GetUtcNow().AddMilliseconds(milliseconds(rows) * (1 + _running.Count(l => l is not null))));
        }

        return true;
    }

    public bool TryRent(out ILane lane)
    {
        lane = null!;
        return false;
    }

    public void Return(ILane lane) => throw new InvalidOperationException("No lane was rented.");

    /// <summary>Ends every run whose time has come, and begins the next ones.</summary>
    public void EndRuns()
    {
        for (var i = 0; i < lanes; i++)
        {
            if (_running[i] is not { } lane || lane.End > time.GetUtcNow())
                continue;
            _running[i] = null;
            lane.Finish();
        }

        Signal();
    }

    public ValueTask DisposeAsync()
    {
        foreach (var lane in _running)
            lane?.Finish();
        return ValueTask.CompletedTask;
    }

    private sealed class SimulatedLane : ILane
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
        private readonly ManualResetEventSlim _started = new();
        private readonly ManualResetEventSlim _finish = new();
        private readonly Func<long, DateTimeOffset> _end;
        private readonly Task _run;

        public SimulatedLane(IRun run, Func<long, DateTimeOffset> end)
        {
            _end = end;
            _run = Task.Factory.StartNew(() => Execute(run), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            Assert.That(_started.Wait(Patience), Is.True, "the run did not begin");
        }

        public DateTimeOffset End { get; private set; }

        public TensorSet Run(TensorSet inputs)
        {
            End = _end(inputs[0].Tensor.Shape[0]);
            _started.Set();
            Assert.That(_finish.Wait(Patience), Is.True, "the run was never let go");
            return new TensorSet().Add("y", inputs[0].Tensor.Share());
        }

        public void Terminate()
        {
            // Its rows are worth nothing any more, but the time is lost: kernels end late.
        }

        public void Reset()
        {
        }

        public void Finish()
        {
            _finish.Set();
            Assert.That(_run.Wait(Patience), Is.True, "the run did not end");
            _started.Dispose();
            _finish.Dispose();
        }

        private void Execute(IRun run)
        {
            run.Execute(this);
            _started.Set();
            run.Complete();
        }
    }
}
