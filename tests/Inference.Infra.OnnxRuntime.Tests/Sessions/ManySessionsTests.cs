using System.Diagnostics;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;

namespace Inference.Infra.OnnxRuntime.Tests.Sessions;

[TestFixture]
internal sealed class ManySessionsTests
{
    [Test]
    public async Task Load_ThreeHundredModels_NoThreadsOfTheirOwn()
    {
        const int Models = 300;
        await using var first = Runtime.Load(Runtime.Stored("dense")).Executor;
        await Run(first, 0);
        var before = Threads();
        var executors = Enumerable.Range(0, Models).Select(_ => Runtime.Load(Runtime.Stored("dense")).Executor).ToList();
        var answers = await Task.WhenAll(executors.Select(e => Run(e, 1)));
        var during = Threads();
        foreach (var executor in executors)
            await executor.DisposeAsync();
        Assert.That(answers.Distinct().Count(), Is.EqualTo(1));

        // The thread pool of .NET may have grown meanwhile, up to the number of processors and a few more.
        Assert.That(during - before, Is.LessThan(15 + Environment.ProcessorCount));
    }

    [Test]
    public async Task ExecuteAsync_ManyCallersAtOnce_EachGetsItsOwnAnswer([Values] bool inline, [Values(1, 3)] int lanes)
    {
        var factory = inline ? Runtime.Inline : Runtime.Threaded;
        await using var executor = factory.Load(Runtime.Stored("sum_product"), new ExecutionOptions { Lanes = lanes }, Runtime.Label).Executor;
        var callers = Enumerable.Range(0, 16).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                float a = (caller * 1000) + i;
                using var inputs = Runtime.Floats("a", TensorShape.Of(1, 3), a, a, a);
                inputs.Add("b", Tensor.From<float>(TensorType.Float32, TensorShape.Of(1, 3), [1, 2, 3]));
                using var outputs = await executor.ExecuteAsync(inputs, Runtime.Context());
                Assert.That(outputs.Get("sum").AsSpan<float>().ToArray(), Is.EqualTo(new[] { a + 1, a + 2, a + 3 }));
                Assert.That(outputs.Get("product").AsSpan<float>().ToArray(), Is.EqualTo(new[] { a, 2 * a, 3 * a }));
            }
        }));
        await Task.WhenAll(callers);
    }

    // Cancellations at every moment of a run's life: each call is answered once, and right.
    [Test]
    public async Task ExecuteAsync_CancelledAtAnyMoment_EveryCallIsAnswered([Values] bool inline)
    {
        var factory = inline ? Runtime.Inline : Runtime.Threaded;
        await using var executor = factory.Load(Runtime.Stored("dense"), new ExecutionOptions { Lanes = 2 }, Runtime.Label).Executor;
        var expected = await Run(executor, 1);
        var callers = Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            var stopped = 0;
            for (var i = 0; i < 200; i++)
            {
                using var source = new CancellationTokenSource();
                var context = new RequestContext("request", source.Token) { Deadline = Stopwatch.GetTimestamp() + random.Next((int)(Stopwatch.Frequency / 500)) };
                using var inputs = new TensorSet().Add("x", Ones());
                var run = executor.ExecuteAsync(inputs, context).AsTask();
                if (random.Next(2) == 0)
                    await source.CancelAsync();
                try
                {
                    using var outputs = await run.WaitAsync(TimeSpan.FromSeconds(30));
                    Assert.That(outputs.Get("y").AsSpan<float>()[0], Is.EqualTo(expected));
                }
                catch (Domain.InferenceException e) when (e.Code is Domain.ErrorCode.Cancelled or Domain.ErrorCode.DeadlineExceeded or Domain.ErrorCode.Overloaded)
                {
                    stopped++;
                }
            }

            return stopped;
        }));
        var counts = await Task.WhenAll(callers);
        Assert.That(counts.Sum(), Is.InRange(1, (8 * 200) - 1), "some are stopped and some are not");
        Assert.That(await Run(executor, 1), Is.EqualTo(expected));
    }

    private static async Task<float> Run(IExecutor executor, float seed)
    {
        using var inputs = new TensorSet().Add("x", Ones(seed));
        using var outputs = await executor.ExecuteAsync(inputs, Runtime.Context());
        return outputs.Get("y").AsSpan<float>()[0];
    }

    private static Tensor Ones(float value = 1)
    {
        var tensor = Tensor.Allocate(TensorType.Float32, TensorShape.Of(1, 32));
        tensor.Mutable<float>().Fill(value);
        return tensor;
    }

    private static int Threads()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }
}
