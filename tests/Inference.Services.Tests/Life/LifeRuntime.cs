using System.Collections.Concurrent;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Tensors;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Life;

/// <summary>A runtime whose loads end when the test says so. Thread-safe.</summary>
internal sealed class LifeRuntime : IExecutorFactory
{
    private readonly Lock _lock = new();
    private readonly List<LifeLoad> _parked = [];

    /// <summary>All that was ever loaded.</summary>
    public ConcurrentQueue<LifeExecutor> Executors { get; } = [];

    /// <summary>Those that are in memory.</summary>
    public IEnumerable<LifeExecutor> Alive => Executors.Where(e => e.Disposals == 0);

    /// <summary>Loads that wait for the test, in the order of their labels, since that of threads is nobody's.</summary>
    public IReadOnlyList<LifeLoad> Parked
    {
        get
        {
            lock (_lock)
                return [.. _parked.OrderBy(l => l.Label, StringComparer.Ordinal)];
        }
    }

    /// <summary>Lets a load end.</summary>
    /// <param name="load">Which.</param>
    /// <param name="bytes">What it takes in memory; 0 lets it fail.</param>
    public void End(LifeLoad load, long bytes)
    {
        // Not parked from now on, whenever its thread gets to run.
        lock (_lock)
            _parked.Remove(load);
        load.End(bytes);
    }

    public LoadedArtefact Load(string artefactPath, ExecutionOptions options, string label)
    {
        var load = new LifeLoad(label, Path.GetFileName(artefactPath));
        lock (_lock)
            _parked.Add(load);
        var bytes = load.Wait();
        if (bytes == 0)
            throw new InferenceException(ErrorCode.LoadFailed, "the test lets it fail.");
        var executor = new LifeExecutor(label, load.Content, bytes);
        Executors.Enqueue(executor);
        return new LoadedArtefact(FakeExecutorFactory.DoublingSpec, executor);
    }
}

/// <summary>A load under way.</summary>
internal sealed class LifeLoad(string label, string content)
{
    private readonly TaskCompletionSource<long> _bytes = new();

    public string Label => label;

    public string Content => content;

    public void End(long bytes) => _bytes.SetResult(bytes);

    public long Wait() => _bytes.Task.GetAwaiter().GetResult();
}

/// <summary>Something in memory, never run.</summary>
internal sealed class LifeExecutor(string label, string content, long bytes) : IExecutor
{
    private int _disposals;

    public string Label => label;

    public string Content => content;

    public ExecutorInfo Info { get; } = new("cpu", 1);

    public QueueLoad Load => default;

    public long MemoryBytes { get; set; } = bytes;

    public int Disposals => Volatile.Read(ref _disposals);

    public ValueTask<TensorSet> ExecuteAsync(TensorSet inputs, RequestContext context) => throw new NotSupportedException();

    public void Observe(IExecutionObserver observer)
    {
    }

    public ValueTask DisposeAsync()
    {
        Interlocked.Increment(ref _disposals);
        return ValueTask.CompletedTask;
    }
}
