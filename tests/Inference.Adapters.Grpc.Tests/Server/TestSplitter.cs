using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Adapters.Grpc.Tests.Server;

/// <summary>Cuts a request into its elements.</summary>
internal sealed class TestSplitter(ModelSpec model) : ISplittingPreprocessor
{
    public IReadOnlyList<TensorSpec> Inputs => model.Inputs;

    public IReadOnlyList<TensorSpec> Outputs => model.Inputs;

    public bool HasBatchAxis => true;

    public TensorSet Process(TensorSet inputs) => inputs.Share();

    public IEnumerable<TensorSet> Split(TensorSet inputs)
    {
        var (name, tensor) = inputs[0];
        for (var i = 0; i < tensor.Shape.ElementCount; i++)
            yield return new TensorSet(1).Add(name, tensor.Slice(TensorShape.Of(1), i * tensor.Type.ElementSize(), tensor.Type.ElementSize()));
    }
}

internal sealed class TestSplitterFactory : IPreprocessorFactory
{
    public const string ComponentName = "test.splitter";

    public string Name => ComponentName;

    public IPreprocessor Create(ComponentContext context)
    {
        context.Options.Finish();
        return new TestSplitter(context.Model);
    }
}
