using BenchmarkDotNet.Attributes;
using Inference.Domain.Tensors;
using Inference.Infra.Queue.Tensors;

namespace Inference.Benchmarks.Micro.Queue;

/// <summary>Inputs of requests of one row of 2 KiB each put together for a run, and its outputs handed out.</summary>
[MemoryDiagnoser]
public class MergeSplitBenchmarks
{
    private readonly PaddingPlan _plan = PaddingPlan.Create(RowModel.Spec, [], "benchmark");
    private TensorSet[] _requests = [];
    private TensorSet _outputs = new();

    [Params(4, 32)]
    public int Requests { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _requests = RowModel.Requests(Requests);
        using var merged = BatchInputs.Merge(RowModel.Spec, _plan, _requests, Requests, []);
        _outputs = new RowModel.Lane().Run(merged);
    }

    [Benchmark]
    public void Merge()
    {
        using var merged = BatchInputs.Merge(RowModel.Spec, _plan, _requests, Requests, []);
        Result.MustBe(Requests - 1, merged[0].Tensor.AsSpan<float>()[^1]);
    }

    [Benchmark]
    public void Split()
    {
        var outputs = new BatchOutputs(RowModel.Spec, _plan, _outputs, []);
        for (var i = 0; i < Requests; i++)
        {
            using var part = outputs.Next(1, []);
            Result.MustBe(i, part[0].Tensor.AsSpan<float>()[0]);
        }
    }

    [GlobalCleanup]
    public void Clean()
    {
        _outputs.Dispose();
        foreach (var request in _requests)
            request.Dispose();
    }
}
