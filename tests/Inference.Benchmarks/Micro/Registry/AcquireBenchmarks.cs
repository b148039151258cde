using System.Collections.Frozen;
using BenchmarkDotNet.Attributes;
using Inference.Benchmarks.Micro.Queue;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Routing;
using Inference.Domain.Tensors;

namespace Inference.Benchmarks.Micro.Registry;

/// <summary>A lease of a pipeline, taken and given back: alone, and on the way from the model's name in a repository of a thousand.</summary>
[MemoryDiagnoser]
public class AcquireBenchmarks
{
    private const string Name = "model-500";
    private readonly PipelineRegistry _registry = new();
    private PipelineEntry _entry = new(new PipelineKey(Name, 1));

    [GlobalSetup]
    public void Prepare()
    {
        for (var i = 0; i < 1000; i++)
        {
            var key = new PipelineKey($"model-{i}", 1);
            var entry = new PipelineEntry(key);
            var idle = new Idle();
            entry.Loaded(new Pipeline(key, idle, new Model(key.Name, RowModel.Spec, idle), idle, TimeProvider.System));
            entry.Ready();
            _registry.Publish(new ModelEntry(key.Name, [entry], FrozenDictionary<string, long>.Empty, VersionRoute.Latest));
            _entry = key.Name == Name ? entry : _entry;
        }
    }

    [Benchmark]
    public void Acquire()
    {
        var acquired = _entry.TryAcquire(out var lease);
        Result.MustBe(true, acquired && ReferenceEquals(lease.Entry, _entry));
        lease.Dispose();
    }

    [Benchmark]
    public void FindAndAcquire()
    {
        var acquired = VersionRouter.Resolve(_registry.Get(Name), "1", null).TryAcquire(out var lease);
        Result.MustBe(true, acquired && ReferenceEquals(lease.Entry, _entry));
        lease.Dispose();
    }

    [GlobalCleanup]
    public void Clean() => Result.MustBe(true, _entry.IsUnused);

    // All parts of a pipeline that is never run.
    private sealed class Idle : IExecutor, IPreprocessor, IPostprocessor
    {
        public IReadOnlyList<TensorSpec> Inputs => RowModel.Spec.Inputs;

        public IReadOnlyList<TensorSpec> Outputs => RowModel.Spec.Outputs;

        public bool HasBatchAxis => true;

        public ExecutorInfo Info { get; } = new("benchmark", 1);

        public QueueLoad Load => default;

        public ValueTask<TensorSet> ExecuteAsync(TensorSet inputs, RequestContext context) => throw new NotSupportedException("Nothing is run here.");

        public TensorSet Process(TensorSet tensors) => throw new NotSupportedException("Nothing is run here.");

        public void Observe(IExecutionObserver observer)
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
