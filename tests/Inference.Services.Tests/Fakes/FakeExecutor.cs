using Inference.Domain.Execution;
using Inference.Domain.Tensors;

namespace Inference.Services.Tests.Fakes;

/// <summary>Runs what a test tells it to; counts runs and disposals.</summary>
internal sealed class FakeExecutor(Func<TensorSet, RequestContext, ValueTask<TensorSet>> run) : IExecutor
{
    private int _runs;
    private int _disposals;

    public ExecutorInfo Info { get; init; } = new("cpu", 1);

    public QueueLoad Load { get; set; }

    public long MemoryBytes { get; set; }

    /// <summary>Who is told of its runs; null until somebody asked to be.</summary>
    public IExecutionObserver? Observer { get; private set; }

    public int Runs => Volatile.Read(ref _runs);

    public int Disposals => Volatile.Read(ref _disposals);

    /// <summary>Output 'y' is input 'x' doubled.</summary>
    public static FakeExecutor Doubling() => new((inputs, context) =>
    {
        context.Timings.Execute += 1;
        return ValueTask.FromResult(new TensorSet().Add("y", Doubled(inputs.Get("x"))));
    });

    public async ValueTask<TensorSet> ExecuteAsync(TensorSet inputs, RequestContext context)
    {
        Interlocked.Increment(ref _runs);
        var outputs = await run(inputs, context);
        Observer?.RunCompleted(new RunReport(context.Rows, 1, 0, 1, 0, Succeeded: true));
        return outputs;
    }

    public void Observe(IExecutionObserver observer) => Observer = observer;

    public ValueTask DisposeAsync()
    {
        Interlocked.Increment(ref _disposals);
        return ValueTask.CompletedTask;
    }

    private static Tensor Doubled(Tensor x)
    {
        var y = Tensor.Allocate(TensorType.Float32, x.Shape);
        var from = x.AsSpan<float>();
        var to = y.Mutable<float>();
        for (var i = 0; i < to.Length; i++)
            to[i] = 2 * from[i];
        return y;
    }
}
