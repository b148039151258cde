using Inference.Domain.Pipelines;

namespace Inference.Infra.Components.Shapes;

/// <summary>Makes <c>tensors.reshape</c> for inputs.</summary>
internal sealed class ReshapeInputsFactory : IPreprocessorFactory
{
    public const string ComponentName = "tensors.reshape";
    public const string Key = "inputs";

    public string Name => ComponentName;

    public IPreprocessor Create(ComponentContext context) =>
        new ReshapeInputs(context.Model, ShapeOptions.Read(context.Options, Key, context.Model.Inputs));
}

/// <summary>Makes <c>tensors.reshape</c> for outputs.</summary>
internal sealed class ReshapeOutputsFactory : IPostprocessorFactory
{
    public const string Key = "outputs";

    public string Name => ReshapeInputsFactory.ComponentName;

    public IPostprocessor Create(ComponentContext context) =>
        new ReshapeOutputs(context.Model, ShapeOptions.Read(context.Options, Key, context.Model.Outputs));
}
