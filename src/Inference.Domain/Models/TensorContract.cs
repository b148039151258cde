using System.Collections.Immutable;
using Inference.Domain.Pipelines;
using Inference.Domain.Tensors;

namespace Inference.Domain.Models;

/// <summary>Where the rows of a request stand.</summary>
public enum RowRule
{
    /// <summary>Derived from the artefact: see <see cref="BatchAxis.Derive"/>.</summary>
    Derived,

    /// <summary>Nowhere: shapes are whole, and each request runs by itself.</summary>
    None,

    /// <summary>On a first axis of every input and output, which declared dimensions leave out.</summary>
    Implied,
}

/// <summary>What a configuration says of a model's tensors, beside its artefact. Immutable.</summary>
/// <param name="Rows">Where the rows of a request stand.</param>
/// <param name="Location">Where that was written.</param>
public sealed record TensorContract(RowRule Rows, SourceLocation Location)
{
    /// <summary>Most rows of one request where they are <see cref="RowRule.Implied"/>; 0 for any number.</summary>
    public int MaxRows { get; init; }

    /// <summary>Inputs of which something is said; the others are as the artefact has them.</summary>
    public ImmutableArray<DeclaredTensor> Inputs { get; init; } = [];

    /// <summary>The outputs that are served, in their order; empty for all of the artefact's.</summary>
    public ImmutableArray<DeclaredTensor> Outputs { get; init; } = [];
}

/// <summary>What is said of one tensor.</summary>
/// <param name="Name">Its name in the artefact.</param>
/// <param name="Location">Where that was written.</param>
public sealed record DeclaredTensor(string Name, SourceLocation Location)
{
    /// <summary>Element type; null for the artefact's.</summary>
    public TensorType? Type { get; init; }

    /// <summary>Dimensions as the model sees them, without an implied first axis, -1 for any size; null for the artefact's.</summary>
    public ImmutableArray<long>? Dimensions { get; init; }

    /// <summary>Names of the classes that the last axis counts; empty for none.</summary>
    public ImmutableArray<string> Labels { get; init; } = [];
}
