using BenchmarkDotNet.Attributes;
using Inference.Domain.Tensors;

namespace Inference.Benchmarks.Micro.Tensors;

/// <summary>What every tensor of every request goes through before its data is looked at: datatype and shape.</summary>
[MemoryDiagnoser]
public class TensorHeaderBenchmarks
{
    private readonly long[] _dimensions = [32, 3, 224, 224];

    [Benchmark]
    public void ParseDatatype() => Result.MustBe((byte)TensorType.Float32, (byte)TensorTypeExtensions.Parse("FP32", "x"));

    [Benchmark]
    public void CreateShape() => Result.MustBe(32 * 150_528, TensorShape.Create(_dimensions, "x").ElementCount);
}
