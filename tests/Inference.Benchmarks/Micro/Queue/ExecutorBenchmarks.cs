using BenchmarkDotNet.Attributes;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Infra.Queue;
using Inference.Infra.Queue.Waiting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Inference.Benchmarks.Micro.Queue;

/// <summary>
/// What the queue costs a request whose run costs nothing: 32 that wait and share one run, and one that nobody is before, on
/// its caller's thread. Figures are for each request.
/// </summary>
[MemoryDiagnoser]
public class ExecutorBenchmarks
{
    private const int Requests = 32;
    private readonly RowModel.Pool _pool = new();
    private readonly ValueTask<TensorSet>[] _pending = new ValueTask<TensorSet>[Requests];
    private readonly TensorSet[] _requests = RowModel.Requests(Requests);
    private readonly BatchingExecutor _queued;
    private readonly BatchingExecutor _inline;

    public ExecutorBenchmarks()
    {
        _queued = Executor(_pool, TimeSpan.Zero);
        var pool = new RowModel.Pool();
        _inline = Executor(pool, TimeSpan.FromSeconds(1));

        // It goes by what it has seen.
        for (var i = 0; i < Requests; i++)
        {
            var first = _inline.ExecuteAsync(_requests[0], Context()).AsTask();
            pool.Run();
            first.GetAwaiter().GetResult().Dispose();
        }
    }

    [Benchmark(OperationsPerInvoke = Requests)]
    public void Queue()
    {
        for (var i = 0; i < Requests; i++)
            Keep(i, _queued.ExecuteAsync(_requests[i], Context()));
        Result.MustBe(true, _pool.Run());
        Result.MustBe(false, _pool.Run());
        for (var i = 0; i < Requests; i++)
            Check(i);
    }

    [Benchmark]
    public void Inline()
    {
        Keep(17, _inline.ExecuteAsync(_requests[17], Context()));
        Result.MustBe(true, _pending[17].IsCompletedSuccessfully);
        Check(17);
    }

    [GlobalCleanup]
    public void Clean()
    {
        foreach (var request in _requests)
            request.Dispose();
    }

    private void Keep(int number, ValueTask<TensorSet> answer) => _pending[number] = answer;

    private void Check(int number)
    {
        // Answers of a shared run are handed out on the thread pool.
        var wait = default(SpinWait);
        while (!_pending[number].IsCompleted)
            wait.SpinOnce();
        using var outputs = _pending[number].GetAwaiter().GetResult();
        Result.MustBe(number, outputs[0].Tensor.AsSpan<float>()[0]);
    }

    private static BatchingExecutor Executor(RowModel.Pool pool, TimeSpan inlineBelow) => new(
        "benchmark", new OpenedArtefact(RowModel.Spec, pool), new ExecutionOptions(), inlineBelow, new QueueBudget(1 << 30), TimeProvider.System, NullLogger.Instance);

    private static RequestContext Context() => new("17", CancellationToken.None) { Rows = 1 };
}
