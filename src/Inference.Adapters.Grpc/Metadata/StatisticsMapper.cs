using Inference.Adapters.Protocol;
using Inference.Domain.Registry;
using Inference.Services.Statistics;

namespace Inference.Adapters.Grpc.Metadata;

/// <summary>Totals of pipelines to the protocol's statistics.</summary>
internal static class StatisticsMapper
{
    /// <summary>The message, one entry for each pipeline.</summary>
    public static ModelStatisticsResponse Encode(IReadOnlyList<(PipelineKey Key, PipelineTotals Totals)> pipelines)
    {
        var response = new ModelStatisticsResponse();
        foreach (var (key, totals) in pipelines)
            response.ModelStats.Add(Encode(key, totals));
        return response;
    }

    private static ModelStatistics Encode(PipelineKey key, PipelineTotals totals)
    {
        var statistics = new ModelStatistics
        {
            Name = key.Name,
            Version = key.VersionText,
            LastInference = totals.LastInferenceUnixMilliseconds,
            InferenceCount = totals.Rows,
            ExecutionCount = totals.Executions,
            InferenceStats = new InferStatistics
            {
                Success = Encode(totals.Success),
                Fail = Encode(totals.Fail),
                Queue = Encode(totals.Queue),
                ComputeInput = Encode(totals.ComputeInput),
                ComputeInfer = Encode(totals.ComputeInfer),
                ComputeOutput = Encode(totals.ComputeOutput),

                // There is no cache of answers, which clients read as zeros.
                CacheHit = new StatisticDuration(),
                CacheMiss = new StatisticDuration(),
            },
        };
        foreach (var batch in totals.Batches)
            statistics.BatchStats.Add(Encode(batch));
        return statistics;
    }

    private static InferBatchStatistics Encode(BatchTotals batch) => new()
    {
        BatchSize = batch.Rows,
        ComputeInput = Encode(batch.ComputeInput),
        ComputeInfer = Encode(batch.ComputeInfer),
        ComputeOutput = Encode(batch.ComputeOutput),
    };

    private static StatisticDuration Encode(DurationTotal total) => new() { Count = total.Count, Ns = total.Nanoseconds };
}
