using BenchmarkDotNet.Attributes;
using Inference.Domain.Tensors;

namespace Inference.Benchmarks.Micro.Tensors;

/// <summary>A tensor of 64 short texts: checking that its lengths add up, and walking its elements.</summary>
[MemoryDiagnoser]
public class BytesTensorBenchmarks
{
    private const int Texts = 64;
    private readonly TensorShape _shape = TensorShape.Of(Texts);
    private readonly Tensor _tensor;
    private readonly int _characters;

    public BytesTensorBenchmarks()
    {
        var builder = new BytesTensorBuilder();
        for (var i = 0; i < Texts; i++)
        {
            var text = $"element number {i}";
            builder.Add(text);
            _characters += text.Length;
        }

        _tensor = builder.Build(_shape);
    }

    [Benchmark]
    public void Validate()
    {
        using var tensor = Tensor.Wrap("text", TensorType.Bytes, _shape, _tensor.Data);
        Result.MustBe(Texts, tensor.Shape.ElementCount);
    }

    [Benchmark]
    public void Walk()
    {
        var characters = 0;
        foreach (var element in _tensor.BytesElements())
            characters += element.Length;
        Result.MustBe(_characters, characters);
    }

    [GlobalCleanup]
    public void Clean() => _tensor.Dispose();
}
