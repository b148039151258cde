using BenchmarkDotNet.Attributes;
using Inference.Domain.Tensors;

namespace Inference.Benchmarks.Micro.Tensors;

/// <summary>A tensor's life in pooled memory: the smallest load's row, one image and a batch of 32 images.</summary>
[MemoryDiagnoser]
public class TensorBenchmarks
{
    private float[] _values = [];
    private TensorShape _shape;

    [Params(32, 150_528, 32 * 150_528)]
    public int Elements { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _values = [.. Enumerable.Range(0, Elements).Select(i => (float)i)];
        _shape = TensorShape.Of(1, Elements);
    }

    [Benchmark]
    public void AllocateAndDispose()
    {
        using var tensor = Tensor.Allocate(TensorType.Float32, _shape);
        Result.MustBe(Elements * sizeof(float), tensor.Data.Length);
    }

    [Benchmark]
    public void CopyInAndDispose()
    {
        using var tensor = Tensor.From<float>(TensorType.Float32, _shape, _values);
        Result.MustBe(Elements - 1, tensor.AsSpan<float>()[^1]);
    }
}
