using System.Collections.Concurrent;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.OnnxRuntime.Tests.Models;

namespace Inference.Infra.OnnxRuntime.Tests.Batching;

/// <summary>Requests of every element type that share runs: each caller gets its own rows, bit by bit.</summary>
[TestFixture]
internal sealed class BatchedDatatypesTests
{
    private const int Callers = 12;
    private const int RequestsEach = 15;

    [Test]
    public async Task ExecuteAsync_ManyCallersAtOnce_EachGetsItsOwnRows([Values] TensorType type)
    {
        // A short delay, so that requests meet though the model takes no time.
        var options = new ExecutionOptions { Lanes = 2, Batching = new BatchingOptions { MaxRows = 16, MaxDelay = TimeSpan.FromMilliseconds(2) } };
        await using var executor = Runtime.Load(Runtime.Identity(type), options).Executor;
        var runs = new RunCounter();
        executor.Observe(runs);
        var before = TensorPool.Shared.Rented;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            for (var i = 0; i < RequestsEach; i++)
            {
                var rows = random.Next(1, 5);
                using var given = AnyTensor.Make(type, TensorShape.Of(rows, 1 + random.Next(3)), random);
                using var inputs = new TensorSet().Add("x", given.Share());
                using var outputs = await executor.ExecuteAsync(inputs, Runtime.Context(rows));
                var got = outputs.Get("y");
                Assert.That((got.Type, got.Shape), Is.EqualTo((given.Type, given.Shape)));
                Assert.That(got.Data.Span.SequenceEqual(given.Data.Span), Is.True);
            }
        })));
        Assert.Multiple(() =>
        {
            Assert.That(runs.All.Sum(r => r.Requests), Is.EqualTo(Callers * RequestsEach));
            Assert.That(runs.All.Max(r => r.Requests), Is.GreaterThan(1), "requests shared runs");
            Assert.That(runs.All.Max(r => r.Rows), Is.LessThanOrEqualTo(16));
            Assert.That(runs.All.All(r => r.Succeeded), Is.True);
            Assert.That(TensorPool.Shared.Rented, Is.EqualTo(before), "no memory is kept");
        });
    }

    [Test]
    public async Task ExecuteAsync_MoreRowsThanABatch_JoinedInOrder([Values] TensorType type)
    {
        var options = new ExecutionOptions { Lanes = 2, Batching = new BatchingOptions { MaxRows = 4 } };
        await using var executor = Runtime.Load(Runtime.Identity(type), options).Executor;
        using var given = AnyTensor.Make(type, TensorShape.Of(19, 3), new Random(5));
        using var inputs = new TensorSet().Add("x", given.Share());
        var context = Runtime.Context(19);
        using var outputs = await executor.ExecuteAsync(inputs, context);
        var got = outputs.Get("y");
        Assert.That(got.Shape, Is.EqualTo(given.Shape));
        Assert.That(got.Data.Span.SequenceEqual(given.Data.Span), Is.True);
        Assert.That(context.BatchRows, Is.InRange(1, 4));
    }

    private sealed class RunCounter : IExecutionObserver
    {
        public ConcurrentBag<RunReport> All { get; } = [];

        public void RunCompleted(in RunReport run) => All.Add(run);

        public void Refused(RefusalReason reason) => throw new InvalidOperationException($"refused: {reason}");

        public void Stopped(StopPlace place, StopCause cause) => throw new InvalidOperationException($"stopped: {place}, {cause}");

        public void Waited(long predicted, long actual)
        {
        }
    }
}
