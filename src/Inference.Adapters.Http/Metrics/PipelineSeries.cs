using Prometheus;

namespace Inference.Adapters.Http.Metrics;

/// <summary>Series whose first two labels are a model and a version.</summary>
internal static class PipelineSeries
{
    /// <summary>Drops those of one pipeline.</summary>
    public static void Remove<TChild>(Collector<TChild> family, string model, string version)
        where TChild : ChildBase
    {
        foreach (var labels in family.GetAllLabelValues().Where(l => l[0] == model && l[1] == version).ToList())
            family.RemoveLabelled(labels);
    }
}
