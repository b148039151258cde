using System.Collections.Immutable;
using Inference.Domain.Tensors;

namespace Inference.Domain.Models;

/// <summary>Holds what an artefact is against what its configuration says of it. Pure.</summary>
public static class ContractCheck
{
    /// <summary>The spec with what the configuration narrows: dimensions, outputs, labels, rows.</summary>
    /// <param name="contract">What the configuration says.</param>
    /// <param name="model">What the artefact is.</param>
    /// <exception cref="InferenceException">LoadFailed where they differ, naming both.</exception>
    public static ModelSpec Apply(TensorContract contract, ModelSpec model)
    {
        CheckNames("input", contract.Inputs, model.Inputs);
        CheckNames("output", contract.Outputs, model.Outputs);
        ImmutableArray<TensorSpec> inputs = [.. model.Inputs.Select(i => Narrow("input", contract, contract.Inputs.FirstOrDefault(d => d.Name == i.Name), i, model))];
        ImmutableArray<TensorSpec> outputs = contract.Outputs.IsEmpty
            ? [.. model.Outputs.Select(o => Narrow("output", contract, null, o, model))]
            : [.. contract.Outputs.Select(d => Narrow("output", contract, d, model.Outputs.First(o => o.Name == d.Name), model))];
        return model with
        {
            Inputs = inputs,
            Outputs = outputs,
            HasBatchAxis = contract.Rows == RowRule.Implied || (contract.Rows == RowRule.Derived && BatchAxis.Derive(inputs, outputs)),
            MaxRows = contract.MaxRows,
        };
    }

    private static void CheckNames(string role, ImmutableArray<DeclaredTensor> declared, ImmutableArray<TensorSpec> specs)
    {
        if (declared.FirstOrDefault(d => specs.All(s => s.Name != d.Name)) is not { } unknown)
            return;
        var names = specs.Select(s => s.Name).ToList();
        throw Failure(unknown.Location, $"{role} {ErrorText.Quote(unknown.Name)} is not in the model, which has {ErrorText.Join(specs.Select(s => $"{ErrorText.Quote(s.Name)} {s.Describe()}"))}.{NearestName.Hint(unknown.Name, names)}");
    }

    private static TensorSpec Narrow(string role, TensorContract contract, DeclaredTensor? declared, TensorSpec spec, ModelSpec model)
    {
        if (contract.Rows == RowRule.Implied && !spec.HasVariableFirstAxis)
        {
            throw Failure(
                contract.Location,
                $"max_batch_size is {contract.MaxRows}, but {role} {ErrorText.Quote(spec.Name)} of the model is {spec.Describe()}, whose first axis is not free to be the rows of a batch; set max_batch_size to 0 and give whole shapes, or export the model with a symbolic first axis.");
        }

        if (declared is null)
            return spec;
        if (declared.Type is { } type && type != spec.Type)
            throw Misfit(role, declared, type.ProtocolName(), spec);
        return (declared.Dimensions is { } dimensions ? WithDimensions(role, contract, declared, dimensions, spec, model) : spec) with { Labels = declared.Labels };
    }

    private static TensorSpec WithDimensions(string role, TensorContract contract, DeclaredTensor declared, ImmutableArray<long> dimensions, TensorSpec spec, ModelSpec model)
    {
        // Where rows are derived, dimensions may have been written either way.
        var leavesRowsOut = contract.Rows == RowRule.Implied
            || (contract.Rows == RowRule.Derived && model.HasBatchAxis && dimensions.Length + 1 == spec.Dimensions.Length);
        ImmutableArray<long> whole = leavesRowsOut ? [TensorSpec.Any, .. dimensions] : dimensions;
        if (!spec.IsCompatibleWith(spec with { Dimensions = whole }))
        {
            var rows = leavesRowsOut ? " (the first axis is the rows, which dims leave out)" : string.Empty;
            throw Misfit(role, declared, $"of shape {ErrorText.Shape(whole.AsSpan())}{rows}", spec);
        }

        // The narrower of the two; an axis whose size is known now has no symbol that could take another.
        ImmutableArray<long> narrow = [.. whole.Zip(spec.Dimensions, (d, m) => d != TensorSpec.Any ? d : m)];
        return spec with
        {
            Dimensions = narrow,
            Symbols = [.. spec.Symbols.Select((symbol, i) => i < narrow.Length && narrow[i] == TensorSpec.Any ? symbol : string.Empty)],
        };
    }

    private static InferenceException Misfit(string role, DeclaredTensor declared, string what, TensorSpec spec) =>
        Failure(declared.Location, $"{role} {ErrorText.Quote(declared.Name)} is declared {what}, but the model has {spec.Describe()}; make the configuration say what the model has.");

    private static InferenceException Failure(Pipelines.SourceLocation location, string what) => new(ErrorCode.LoadFailed, $"{location}: {what}");
}
