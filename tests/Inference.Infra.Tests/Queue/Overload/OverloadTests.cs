using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Infra.Queue;
using Inference.Infra.Queue.Waiting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Inference.Infra.Tests.Queue.Overload;

/// <summary>More arrives than can be served, by a simulated clock: what can be answered in time must be, whatever else comes.</summary>
[TestFixture]
internal sealed class OverloadTests
{
    private static readonly ModelSpec Spec = ModelSpec.Create(
        [new TensorSpec("x", TensorType.Float32, [-1, 1]) { Symbols = ["b", ""] }],
        [new TensorSpec("y", TensorType.Float32, [-1, 1]) { Symbols = ["b", ""] }],
        "test");

    [TestCase(1, 20, 2, 500)]
    [TestCase(2, 20, 2, 500)]
    [TestCase(2, 20, 2, 300)]
    [TestCase(2, 5, 0.1, 50)]
    [TestCase(1, 25, 0, 100)]
    [TestCase(2, 0, 10, 400)]
    public async Task Goodput_ThreeTimesTheCapacity_StaysNearTheCapacity(int lanes, double fixedCost, double costOfRow, int deadline)
    {
        const int factor = 3;
        double Cost(long rows) => fixedCost + (costOfRow * rows);
        var capacity = 1000 * BatchingOptions.DefaultMaxRows / Cost(BatchingOptions.DefaultMaxRows);
        var time = new FakeTimeProvider();
        await using var pool = new SimulatedPool(time, lanes, Cost);
        await using var executor = new BatchingExecutor(
            "model 'test' version 1", new OpenedArtefact(Spec, pool), new ExecutionOptions { Lanes = lanes }, TimeSpan.Zero, new QueueBudget(1L << 30), time, NullLogger.Instance);
        var seconds = Math.Max(4, 80 * Cost(64) / 1000);
        var result = Simulate(time, pool, executor, capacity * factor, TimeSpan.FromMilliseconds(deadline), seconds);
        Assert.That(result.Good / result.Seconds, Is.GreaterThanOrEqualTo(0.85 * capacity), result.ToString());
    }

    private static Result Simulate(FakeTimeProvider time, SimulatedPool pool, BatchingExecutor executor, double rate, TimeSpan deadline, double seconds)
    {
        var random = new Random(3);
        var result = new Result();
        var start = time.GetUtcNow();
        var settled = start.AddSeconds(seconds / 2);
        var end = start.AddSeconds(seconds);
        var next = start;
        var calls = new List<(Task<TensorSet> Call, bool Counts)>();
        while (time.GetUtcNow() < end)
        {
            var step = next < pool.NextEnd ? next : pool.NextEnd;
            if (step > time.GetUtcNow())
                time.Advance(step - time.GetUtcNow());
            if (pool.NextEnd <= time.GetUtcNow())
            {
                pool.EndRuns();
                continue;
            }

            var context = new RequestContext("r", CancellationToken.None) { Rows = 1, Deadline = time.GetTimestamp() + (long)(deadline.TotalSeconds * time.TimestampFrequency) };
            var inputs = new TensorSet().Add("x", Tensor.Wrap("x", TensorType.Float32, TensorShape.Of(1, 1), new byte[4]));
            calls.Add((executor.ExecuteAsync(inputs, context).AsTask(), time.GetUtcNow() >= settled));
            next = next.AddSeconds(-Math.Log(1 - random.NextDouble()) / rate);
        }

        // The last arrivals have no time left to be answered in.
        time.Advance(deadline);
        pool.EndRuns();
        foreach (var (call, counts) in calls)
        {
            if (counts)
                result.Count(call);
        }

        result.Seconds = (end - settled).TotalSeconds;
        return result;
    }

    private sealed record Result
    {
        public int Good { get; private set; }

        public int Refused { get; private set; }

        public int Late { get; private set; }

        public double Seconds { get; set; }

        public void Count(Task<TensorSet> call)
        {
            if (call.IsCompletedSuccessfully)
                Good++;
            else if (call.Exception?.InnerException is InferenceException { Code: ErrorCode.Overloaded })
                Refused++;
            else
                Late++;
        }
    }
}
