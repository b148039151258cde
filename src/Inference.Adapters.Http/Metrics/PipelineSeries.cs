using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>Series whose first two labels are a model and a version.</summary>
internal static class PipelineSeries
{
    /// <summary>Drops those of some pipelines.</summary>
    public static void Remove<TChild>(Collector<TChild> family, IReadOnlySet<PipelineLabels> pipelines)
        where TChild : ChildBase
    {
        foreach (var labels in family.GetAllLabelValues().Where(l => pipelines.Contains(new PipelineLabels(l[0], l[1]))).ToList())
            family.RemoveLabelled(labels);
    }
}

/// <summary>The labels that every series of a pipeline has.</summary>
internal readonly record struct PipelineLabels(string Model, string Version);
