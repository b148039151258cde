using Inference.Adapters.Grpc.Metadata;
using Inference.Adapters.Protocol;
using Inference.Domain.Registry;
using Inference.Services.Statistics;

namespace Inference.Adapters.Grpc.Tests.Metadata;

internal sealed class StatisticsMapperTests
{
    [Test]
    public void Encode_Totals_FillEveryFieldWithItsOwn()
    {
        var totals = new PipelineTotals
        {
            Rows = 40,
            Executions = 5,
            LastInferenceUnixMilliseconds = 77,
            Success = new DurationTotal(20, 1),
            Fail = new DurationTotal(2, 3),
            Queue = new DurationTotal(20, 4),
            ComputeInput = new DurationTotal(20, 5),
            ComputeInfer = new DurationTotal(20, 6),
            ComputeOutput = new DurationTotal(20, 7),
            Batches = [new BatchTotals(8, new DurationTotal(5, 8), new DurationTotal(5, 9), new DurationTotal(5, 10))],
        };

        var message = StatisticsMapper.Encode([(new PipelineKey("m", 3), totals)]).ModelStats.Single();

        Assert.That(message, Is.EqualTo(new ModelStatistics
        {
            Name = "m",
            Version = "3",
            LastInference = 77,
            InferenceCount = 40,
            ExecutionCount = 5,
            InferenceStats = new InferStatistics
            {
                Success = Duration(20, 1),
                Fail = Duration(2, 3),
                Queue = Duration(20, 4),
                ComputeInput = Duration(20, 5),
                ComputeInfer = Duration(20, 6),
                ComputeOutput = Duration(20, 7),
                CacheHit = new StatisticDuration(),
                CacheMiss = new StatisticDuration(),
            },
            BatchStats = { new InferBatchStatistics { BatchSize = 8, ComputeInput = Duration(5, 8), ComputeInfer = Duration(5, 9), ComputeOutput = Duration(5, 10) } },
        }));
    }

    private static StatisticDuration Duration(ulong count, ulong nanoseconds) => new() { Count = count, Ns = nanoseconds };
}
