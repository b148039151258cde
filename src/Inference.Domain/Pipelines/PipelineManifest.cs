using System.Collections.Frozen;
using System.Collections.Immutable;
using Inference.Domain.Execution;

namespace Inference.Domain.Pipelines;

/// <summary>A component as a manifest asks for it.</summary>
/// <param name="Name">Name in the catalogue.</param>
/// <param name="Options">Its options; an empty section where none are given.</param>
/// <param name="Location">Where its name was written.</param>
public sealed record ComponentManifest(string Name, OptionNode Options, SourceLocation Location)
{
    /// <summary>The component that changes nothing.</summary>
    public static ComponentManifest Passthrough(string file) =>
        new("passthrough", OptionNode.Section([], new SourceLocation(file, 0)), new SourceLocation(file, 0));
}

/// <summary>How often and with how many rows a pipeline runs before it is Ready.</summary>
/// <param name="Runs">Runs; 0 switches warm-up off.</param>
/// <param name="Rows">Size of the batch axis; every other symbolic dimension is 1.</param>
public sealed record WarmupOptions(int Runs, int Rows)
{
    /// <summary>Requests that are run instead of zeros; empty for zeros.</summary>
    public ImmutableArray<WarmupSample> Samples { get; init; } = [];
}

/// <summary>What <c>pipeline.yaml</c> says, checked as far as it can be without the model. Immutable.</summary>
public sealed record PipelineManifest
{
    /// <summary>The artefact, relative to the version's folder.</summary>
    public string ModelFile { get; init; } = "model.onnx";

    /// <summary>
    /// SHA-256 of files, as 64 lower-case hexadecimal digits by the file's name relative to the version's folder; a file that has
    /// another is not loaded. Empty where nothing is to be checked.
    /// </summary>
    public FrozenDictionary<string, string> Sha256 { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>External input to model input.</summary>
    public ComponentManifest Preprocessor { get; init; } = ComponentManifest.Passthrough("pipeline.yaml");

    /// <summary>Model output to response.</summary>
    public ComponentManifest Postprocessor { get; init; } = ComponentManifest.Passthrough("pipeline.yaml");

    /// <summary>Where and how it runs.</summary>
    public ExecutionOptions Execution { get; init; } = new();

    /// <summary>Runs before it is Ready.</summary>
    public WarmupOptions Warmup { get; init; } = new(1, 1);

    /// <summary>
    /// What of the protocol's model configuration holds, in the protocol's words, where it was written in them; what is
    /// derived or measured stands beside it. Null where it was not.
    /// </summary>
    public OptionNode? Configuration { get; init; }
}
