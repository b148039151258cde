using Inference.Domain.Pipelines;

namespace Inference.Domain.Registry;

/// <summary>
/// The right to use a pipeline, which keeps it from being unloaded. Dispose of it exactly once, when the response no longer
/// needs the pipeline.
/// </summary>
public readonly struct PipelineLease : IDisposable
{
    internal PipelineLease(PipelineEntry entry, Pipeline pipeline)
    {
        Entry = entry;
        Pipeline = pipeline;
    }

    /// <summary>The registry's entry of the pipeline.</summary>
    public PipelineEntry Entry { get; }

    /// <summary>The pipeline, usable until the lease is disposed of.</summary>
    public Pipeline Pipeline { get; }

    /// <summary>Gives the pipeline back.</summary>
    public void Dispose() => Entry?.Release();
}
