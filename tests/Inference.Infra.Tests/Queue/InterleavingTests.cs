using System.Collections.Concurrent;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.Queue;
using Inference.Infra.Queue.Waiting;
using Inference.Infra.Tests.Queue.Fakes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Infra.Tests.Queue;

/// <summary>Thousands of random requests from several threads before several lanes: each gets one answer, and the right one.</summary>
[TestFixture]
internal sealed class InterleavingTests
{
    private const int Senders = 4;
    private const int RequestsOfEach = 1000;
    private const int InFlightOfEach = 24;
    private const float Poison = -1;
    private readonly ConcurrentDictionary<string, int> _ends = new();

    [TestCase(1, 0, 0)]
    [TestCase(2, 0, 1)]
    [TestCase(3, 200, 0)]
    [TestCase(4, 0, 0, true)]
    public async Task ExecuteAsync_RandomRequests_EachGetsOneRightAnswer(int seed, int inlineMicroseconds, int delayMilliseconds, bool isDisposedEarly = false)
    {
        _ends.Clear();
        var rented = TensorPool.Shared.Rented;
        var budget = new QueueBudget(1200 * 4);
        var observer = new RecordingObserver();
        var pool = new ThreadedPool(3, inlineLanes: 2, Model);
        var executor = new BatchingExecutor(
            "model 'test' version 1", new OpenedArtefact(RowModel.Variable, pool), Options(delayMilliseconds), TimeSpan.FromMicroseconds(inlineMicroseconds), budget, TimeProvider.System, NullLogger.Instance);
        executor.Observe(observer);
        var senders = Enumerable.Range(0, Senders).Select(i => Task.Run(() => Send(executor, new Random((seed * 100) + i), isDisposedEarly))).ToList();
        if (isDisposedEarly)
        {
            while (_ends.Values.Sum() < RequestsOfEach)
                await Task.Yield();
            await executor.DisposeAsync();
        }

        await Task.WhenAll(senders).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.That(executor.Load, Is.EqualTo(default(QueueLoad)));
        await executor.DisposeAsync();
        TestContext.Out.WriteLine(string.Join(", ", _ends.OrderBy(e => e.Key).Select(e => $"{e.Key}: {e.Value}")) + $"; {observer.Runs.Count} runs");
        Assert.That(pool.Faults, Is.Empty);
        Assert.That(_ends.Values.Sum(), Is.EqualTo(Senders * RequestsOfEach));
        Assert.That(_ends.Where(e => e.Key.StartsWith('!')), Is.Empty);
        Assert.That(_ends.Keys, Is.SupersetOf(new[] { "right", "Cancelled", "DeadlineExceeded", "InvalidArgument" }), "the test must reach what it is about");
        Assert.That(budget.Taken, Is.Zero);
        Assert.That(TensorPool.Shared.Rented, Is.EqualTo(rented), "buffers that were not given back");
        Assert.That(observer.Runs, Has.Some.Matches<RunReport>(r => r.Requests > 1));
    }

    private static ExecutionOptions Options(int delayMilliseconds) => new()
    {
        Lanes = 3,
        Queue = new QueueOptions { MaxRows = 300, PriorityLevels = 3, Ageing = TimeSpan.FromMilliseconds(5), Levels = [new PriorityLevelOptions(3) { MaxRows = 60 }] },
        Batching = new BatchingOptions { MaxRows = 32, MaxDelay = TimeSpan.FromMilliseconds(delayMilliseconds), Padding = [new PaddedInput("x", 7)] },
    };

    // Rows that hold the poison fail; every few runs take a while, so that batches form.
    private static TensorSet Model(TensorSet inputs)
    {
        var x = inputs.Get("x").AsSpan<float>();
        if (x.Contains(Poison))
            throw new InferenceException(ErrorCode.InvalidArgument, "poison");
        Thread.SpinWait(x.Length % 3 == 0 ? 20_000 : 200);
        return RowModel.Run(inputs);
    }

    private async Task Send(BatchingExecutor executor, Random random, bool mayBeRefused)
    {
        var inFlight = new Queue<Task>();
        for (var i = 0; i < RequestsOfEach; i++)
        {
            if (inFlight.Count == InFlightOfEach)
                await inFlight.Dequeue();
            inFlight.Enqueue(One(executor, random, mayBeRefused));
        }

        await Task.WhenAll(inFlight);
    }

    private async Task One(BatchingExecutor executor, Random random, bool mayBeUnloaded)
    {
        var rows = random.Next(20) switch { 0 => 0, 1 => random.Next(33, 100), _ => random.Next(1, 8) };
        var x = Tensor.Allocate(TensorType.Float32, TensorShape.Of(rows, random.Next(1, 4)));
        foreach (ref var value in x.Mutable<float>())
            value = random.Next(1 << 20);
        var isPoisoned = rows > 0 && random.Next(25) == 0;
        if (isPoisoned)
            x.Mutable<float>()[random.Next((int)x.Shape.ElementCount)] = Poison;
        using var inputs = new TensorSet().Add("x", x);
        using var source = random.Next(4) == 0 ? new CancellationTokenSource() : null;
        var deadline = random.Next(4) == 0 ? TimeSpan.FromMilliseconds(random.NextDouble() * 8) : (TimeSpan?)null;
        var context = new RequestContext("request", source?.Token ?? default)
        {
            Deadline = deadline is { } time ? TimeProvider.System.GetTimestamp() + (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency) : long.MaxValue,
            Priority = (ulong)random.Next(4),
            WaitsForRoom = random.Next(2) == 0,
            Rows = rows,
        };
        var spins = random.Next(30_000);
        var task = executor.ExecuteAsync(inputs, context);
        if (source is not null)
        {
            var cancelling = Task.Run(async () =>
            {
                Thread.SpinWait(spins);
                await source.CancelAsync();
            });
            await End(task, x, context, isPoisoned, mayBeUnloaded);
            await cancelling;
            return;
        }

        await End(task, x, context, isPoisoned, mayBeUnloaded);
    }

    private async Task End(ValueTask<TensorSet> task, Tensor x, RequestContext context, bool isPoisoned, bool mayBeUnloaded)
    {
        string end;
        try
        {
            using var outputs = await task;
            end = isPoisoned ? "!poisoned, yet answered" : IsRight(x, outputs.Get("y")) ? "right" : "!wrong";
        }
        catch (InferenceException e)
        {
            var isDue = e.Code switch
            {
                ErrorCode.InvalidArgument => isPoisoned,
                ErrorCode.Cancelled => context.Cancellation.IsCancellationRequested,
                ErrorCode.DeadlineExceeded => context.Deadline != long.MaxValue,
                ErrorCode.Overloaded => !context.WaitsForRoom || context.Deadline != long.MaxValue,
                ErrorCode.NotReady => mayBeUnloaded,
                _ => false,
            };
            end = isDue ? e.Code.ToString() : $"!{e.Code}: {e.Message}";
        }
        catch (Exception e)
        {
            end = $"!{e}";
        }

        _ends.AddOrUpdate(end, 1, (_, count) => count + 1);
    }

    private static bool IsRight(Tensor x, Tensor y)
    {
        if (x.Shape != y.Shape)
            return false;
        for (var i = 0; i < x.Shape.ElementCount; i++)
        {
            if (y.AsSpan<float>()[i] != RowModel.Of(x.AsSpan<float>()[i]))
                return false;
        }

        return true;
    }
}
