using System.Collections.Immutable;

namespace Inference.Domain.Pipelines;

/// <summary>A made-up request that a pipeline answers before it is Ready.</summary>
/// <param name="Name">How logs name it.</param>
/// <param name="Runs">How often.</param>
/// <param name="Rows">Rows, each with the same content; 0 where shapes are whole.</param>
/// <param name="Inputs">Its inputs; those of the pipeline that are not among them are zeros.</param>
public sealed record WarmupSample(string Name, int Runs, int Rows, ImmutableArray<WarmupInput> Inputs);

/// <summary>One input of a warm-up request.</summary>
/// <param name="Name">Name of the pipeline's input.</param>
/// <param name="Dimensions">Dimensions of one row, or the whole shape where there are no rows.</param>
/// <param name="Content">What is in it.</param>
public sealed record WarmupInput(string Name, ImmutableArray<long> Dimensions, WarmupContent Content)
{
    /// <summary>Absolute path of the file with the elements in their raw form, where that is the content.</summary>
    public string File { get; init; } = string.Empty;
}

/// <summary>What is in a warm-up input.</summary>
public enum WarmupContent
{
    /// <summary>Zeros, or empty strings.</summary>
    Zeros,

    /// <summary>Random values, the same each time.</summary>
    Random,

    /// <summary>A file's bytes.</summary>
    File,
}
