using BenchmarkDotNet.Attributes;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Benchmarks.Micro.Models;

/// <summary>The check of a request's tensors against the model's spec, for one input and for four.</summary>
[MemoryDiagnoser]
public class SpecCheckBenchmarks
{
    private TensorSpec[] _specs = [];
    private TensorSet _tensors = new();

    [Params(1, 4)]
    public int Inputs { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _specs = [.. Enumerable.Range(0, Inputs).Select(i => new TensorSpec($"x{i}", TensorType.Float32, [TensorSpec.Any, 32]))];
        _tensors = new TensorSet(Inputs);
        foreach (var spec in _specs)
            _tensors.Add(spec.Name, Tensor.Allocate(spec.Type, TensorShape.Of(8, 32)));

        // The check says nothing when it passes, so it is shown here that it would have spoken.
        using var wrong = new TensorSet();
        try
        {
            SpecCheck.Inputs("benchmark", _specs, wrong, sharedRows: true);
        }
        catch (InferenceException)
        {
            return;
        }

        throw new InvalidOperationException("The check let a request without tensors pass.");
    }

    [Benchmark]
    public void Check() => SpecCheck.Inputs("benchmark", _specs, _tensors, sharedRows: true);

    [GlobalCleanup]
    public void Clean() => _tensors.Dispose();
}
