using Inference.Domain.Registry;

namespace Inference.Services.Repository;

/// <summary>One line of the repository's index.</summary>
/// <param name="Name">Name of the model.</param>
/// <param name="Version">Version; empty for a model without one.</param>
/// <param name="State">State of the version.</param>
/// <param name="Reason">Why it does not serve; empty where it does.</param>
public sealed record IndexEntry(string Name, string Version, PipelineState State, string Reason)
{
    /// <summary>A request for it is answered: at once, or once it has been loaded for it.</summary>
    public bool IsServable { get; init; } = State == PipelineState.Ready;
}
