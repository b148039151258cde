using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.Tests.Queue.Fakes;

namespace Inference.Infra.Tests.Queue;

/// <summary>What is measured, and told once for each run.</summary>
[TestFixture]
internal sealed class ExecutorTimingTests
{
    [Test]
    public async Task ExecuteAsync_SharedRun_EachHasItsWaitAndTheTimesOfTheRun()
    {
        // Every look at the clock takes a millisecond.
        var time = new TickingTime();
        await using var fixture = new QueueFixture(time: time);
        var first = fixture.Send(2);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(100));
        var second = fixture.Send();
        time.IsTicking = true;
        fixture.Lane.During = () => fixture.Time.Advance(TimeSpan.FromMilliseconds(40));
        fixture.Pool.RunOne();
        time.IsTicking = false;
        await ExecutorBatchTests.All([first, second]);
        var (a, b) = (first.Context.Timings, second.Context.Timings);
        var tick = fixture.Ticks(TimeSpan.FromMilliseconds(1));
        Assert.That(a.Queue - b.Queue, Is.EqualTo(100 * tick));
        Assert.That((a.Merge, a.Execute, a.Split), Is.EqualTo((tick, 41 * tick, tick)));
        Assert.That((b.Merge, b.Execute, b.Split), Is.EqualTo((a.Merge, a.Execute, a.Split)));
        Assert.That((first.Context.BatchRows, second.Context.BatchRows), Is.EqualTo((3, 3)));
        Assert.That(fixture.Observer.Runs, Is.EqualTo(new[] { new RunReport(3, 2, a.Merge, a.Execute, a.Split, true) }));
    }

    [Test]
    public async Task Load_Waiting_IsCounted()
    {
        await using var fixture = new QueueFixture();
        var calls = fixture.SendAll(1, 4);
        Assert.That(fixture.Executor.Load, Is.EqualTo(new QueueLoad(2, 5, 40, 0)));
        Assert.That(fixture.Budget.Taken, Is.EqualTo(40));
        var run = fixture.Pool.Take()!;
        Assert.That(fixture.Executor.Load, Is.EqualTo(new QueueLoad { Running = 1 }), "what runs does not wait");
        Assert.That(fixture.Budget.Taken, Is.Zero);
        run.Execute(fixture.Lane);
        run.Complete();
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task Complete_SharedRun_OutputsAreSlicesOfOneBuffer()
    {
        await using var fixture = new QueueFixture();
        var before = TensorPool.Shared.Rented;
        var calls = fixture.SendAll(1, 1, 1);
        fixture.Pool.RunOne();
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(before + 3 + 1), "three inputs, one output; the merged inputs are given back");
        await ExecutorBatchTests.All(calls);
    }

    [Test]
    public async Task LatencyTarget_RunsOfALinearCost_BatchesGrowUntilTheyTakeAlmostAThirdOfIt()
    {
        var target = TimeSpan.FromMilliseconds(100);
        await using var fixture = new QueueFixture(ExecutorBatchTests.With(b => b with { MaxRows = 1024, LatencyTarget = target }));
        var calls = new List<Call>();
        for (var i = 0; i < 300; i++)
        {
            while (fixture.Executor.Load.Rows < 64)
                calls.Add(fixture.Send(5));
            fixture.Lane.During = () => fixture.Time.Advance(TimeSpan.FromMilliseconds(1) * fixture.Lane.Runs[^1]);
            fixture.Pool.RunOne();
        }

        var last = fixture.Lane.Runs[^1];
        fixture.Pool.RunAll();

        // A lane that waits for callers that were just answered waits no longer.
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        fixture.Pool.RunAll();
        await ExecutorBatchTests.All(calls);
        Assert.That(last, Is.InRange(20, 30), "runs of five rows each");
    }

    private sealed class TickingTime : Microsoft.Extensions.Time.Testing.FakeTimeProvider
    {
        public bool IsTicking { get; set; }

        public override long GetTimestamp()
        {
            if (IsTicking)
                Advance(TimeSpan.FromMilliseconds(1));
            return base.GetTimestamp();
        }
    }
}
