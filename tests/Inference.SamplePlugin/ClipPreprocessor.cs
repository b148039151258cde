using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.SamplePlugin;

/// <summary>Makes <c>sample.clip</c>, which keeps numbers within <c>minimum</c> and <c>maximum</c>.</summary>
public sealed class ClipPreprocessorFactory : IPreprocessorFactory
{
    /// <inheritdoc/>
    public string Name => "sample.clip";

    /// <inheritdoc/>
    public IPreprocessor Create(ComponentContext context)
    {
        var options = context.Options;
        var minimum = (float)options.Number("minimum", float.MinValue);
        var maximum = (float)options.Number("maximum", float.MaxValue);
        if (minimum > maximum)
            options.Error("minimum", "is above the maximum.");
        if (context.Model.Inputs is not [{ Type: TensorType.Float32 }])
            options.Error("minimum", "cannot be kept: the model must have one input of FP32.");
        options.Finish();
        return new ClipPreprocessor(context.Model, minimum, maximum);
    }
}

internal sealed class ClipPreprocessor(ModelSpec model, float minimum, float maximum) : IPreprocessor
{
    public IReadOnlyList<TensorSpec> Inputs => model.Inputs;

    public IReadOnlyList<TensorSpec> Outputs => model.Inputs;

    public bool HasBatchAxis => model.HasBatchAxis;

    public TensorSet Process(TensorSet inputs)
    {
        var source = inputs[0];
        var clipped = Tensor.Allocate(TensorType.Float32, source.Tensor.Shape);
        var target = clipped.Mutable<float>();
        for (var i = 0; i < target.Length; i++)
            target[i] = Math.Clamp(source.Tensor.AsSpan<float>()[i], minimum, maximum);
        return new TensorSet(1).Add(source.Name, clipped);
    }
}
