namespace Inference.Domain.Registry;

/// <summary>Where a pipeline stands in its life.</summary>
public enum PipelineState
{
    /// <summary>Its artefact is being read.</summary>
    Loading,

    /// <summary>It is loaded and makes its first runs.</summary>
    WarmingUp,

    /// <summary>It serves.</summary>
    Ready,

    /// <summary>It takes no new requests and waits for those under way.</summary>
    Draining,

    /// <summary>Its resources are gone.</summary>
    Unloaded,

    /// <summary>It could not be loaded; the reason is kept beside it.</summary>
    Failed,

    /// <summary>It is known and wanted, but not in memory: its first request brings it there.</summary>
    Dormant,
}

/// <summary>The transitions that there are.</summary>
public static class PipelineStateExtensions
{
    /// <summary>True where a pipeline may go from one state to the other.</summary>
    public static bool CanBecome(this PipelineState from, PipelineState to) => (from, to) switch
    {
        (PipelineState.Loading, PipelineState.WarmingUp or PipelineState.Failed or PipelineState.Unloaded) => true,
        (PipelineState.WarmingUp, PipelineState.Ready or PipelineState.Failed or PipelineState.Unloaded) => true,
        (PipelineState.Ready, PipelineState.Draining) => true,
        (PipelineState.Draining, PipelineState.Unloaded) => true,
        (PipelineState.Unloaded or PipelineState.Failed, PipelineState.Loading) => true,
        (PipelineState.Dormant, PipelineState.Loading or PipelineState.Unloaded) => true,
        _ => false,
    };
}
