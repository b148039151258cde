using Inference.Domain.Models;
using Inference.Domain.Tensors;

namespace Inference.Domain.Pipelines;

/// <summary>Feeds the model what the client sent.</summary>
internal sealed class PassthroughPreprocessor(ModelSpec model) : IPreprocessor
{
    public IReadOnlyList<TensorSpec> Inputs => model.Inputs;

    public IReadOnlyList<TensorSpec> Outputs => model.Inputs;

    public bool HasBatchAxis => model.HasBatchAxis;

    public TensorSet Process(TensorSet inputs) => inputs.Share();
}

/// <summary>Gives the client what the model put out.</summary>
internal sealed class PassthroughPostprocessor(ModelSpec model) : IPostprocessor
{
    public IReadOnlyList<TensorSpec> Inputs => model.Outputs;

    public IReadOnlyList<TensorSpec> Outputs => model.Outputs;

    public TensorSet Process(TensorSet outputs) => outputs.Share();
}

internal sealed class PassthroughPreprocessorFactory : IPreprocessorFactory
{
    public string Name => "passthrough";

    public IPreprocessor Create(ComponentContext context)
    {
        context.Options.Finish();
        return new PassthroughPreprocessor(context.Model);
    }
}

internal sealed class PassthroughPostprocessorFactory : IPostprocessorFactory
{
    public string Name => "passthrough";

    public IPostprocessor Create(ComponentContext context)
    {
        context.Options.Finish();
        return new PassthroughPostprocessor(context.Model);
    }
}
