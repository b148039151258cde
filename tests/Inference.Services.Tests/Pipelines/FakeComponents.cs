using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Services.Tests.Pipelines;

/// <summary>Components with the contracts that a test gives them.</summary>
internal sealed class FakePreprocessor(string name, params TensorSpec[] outputs) : IPreprocessorFactory, IPreprocessor
{
    public string Name => name;

    public IReadOnlyList<TensorSpec> Inputs => outputs;

    public IReadOnlyList<TensorSpec> Outputs => outputs;

    public bool HasBatchAxis => false;

    public IPreprocessor Create(ComponentContext context)
    {
        context.Options.Finish();
        return this;
    }

    public TensorSet Process(TensorSet inputs) => inputs.Share();
}

internal sealed class FakePostprocessor(string name, params TensorSpec[] inputs) : IPostprocessorFactory, IPostprocessor
{
    public string Name => name;

    public IReadOnlyList<TensorSpec> Inputs => inputs;

    public IReadOnlyList<TensorSpec> Outputs => inputs;

    public IPostprocessor Create(ComponentContext context)
    {
        context.Options.Finish();
        return this;
    }

    public TensorSet Process(TensorSet outputs) => outputs.Share();
}
