using System.Collections.Immutable;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Infra.Components.Shapes;

/// <summary>Feeds the model what the client sent, in the shape that the model wants. Copies nothing.</summary>
internal sealed class ReshapeInputs(ModelSpec model, ImmutableArray<TensorSpec> external) : IPreprocessor
{
    private readonly ImmutableArray<ShapeRule> _rules = [.. external.Zip(model.Inputs, (e, m) => new ShapeRule(e, m))];

    public IReadOnlyList<TensorSpec> Inputs => external;

    public IReadOnlyList<TensorSpec> Outputs => model.Inputs;

    public bool HasBatchAxis => model.HasBatchAxis && external.All(e => e.HasVariableFirstAxis);

    public TensorSet Process(TensorSet inputs) => Reshaped.Of(inputs, _rules, "input");
}

/// <summary>Gives the client what the model put out, in the shape that the client wants. Copies nothing.</summary>
internal sealed class ReshapeOutputs(ModelSpec model, ImmutableArray<TensorSpec> external) : IPostprocessor
{
    private readonly ImmutableArray<ShapeRule> _rules = [.. model.Outputs.Zip(external, (m, e) => new ShapeRule(m, e))];

    public IReadOnlyList<TensorSpec> Inputs => model.Outputs;

    public IReadOnlyList<TensorSpec> Outputs => external;

    public TensorSet Process(TensorSet outputs) => Reshaped.Of(outputs, _rules, "output");
}

/// <summary>Tensors by their rules.</summary>
internal static class Reshaped
{
    public static TensorSet Of(TensorSet tensors, ImmutableArray<ShapeRule> rules, string role)
    {
        var result = new TensorSet(rules.Length);
        try
        {
            foreach (var rule in rules)
                result.Add(rule.From.Name, rule.Apply(tensors.Get(rule.From.Name), $"{role} {ErrorText.Quote(rule.From.Name)}"));
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }
}
