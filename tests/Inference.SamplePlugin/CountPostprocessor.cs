using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.SamplePlugin;

/// <summary>Makes <c>sample.count</c>, which answers with the number of elements of each output.</summary>
public sealed class CountPostprocessorFactory : IPostprocessorFactory
{
    /// <inheritdoc/>
    public string Name => "sample.count";

    /// <inheritdoc/>
    public IPostprocessor Create(ComponentContext context)
    {
        context.Options.Finish();
        return new CountPostprocessor(context.Model);
    }
}

internal sealed class CountPostprocessor(ModelSpec model) : IPostprocessor
{
    public IReadOnlyList<TensorSpec> Inputs => model.Outputs;

    public IReadOnlyList<TensorSpec> Outputs { get; } = [.. model.Outputs.Select(o => new TensorSpec(o.Name, TensorType.Int64, [1]))];

    public TensorSet Process(TensorSet outputs)
    {
        var counts = new TensorSet(outputs.Count);
        foreach (var (name, tensor) in outputs)
            counts.Add(name, Tensor.From<long>(TensorType.Int64, TensorShape.Of(1), [tensor.Shape.ElementCount]));
        return counts;
    }
}
