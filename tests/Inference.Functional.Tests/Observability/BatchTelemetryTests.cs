using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Observability;

/// <summary>What is told of batches. The batcher waits for four rows, so that the tests know which batch they get.</summary>
internal sealed class BatchTelemetryTests : ServerFixture, IDisposable
{
    private const string Manifest =
        """
        execution: { lanes: 1 }
        batching: { max_batch_rows: 4, max_delay: 60s, preferred_batch_rows: [2, 4] }
        queue: { priority_levels: 3, timeout: 2s, levels: { 3: { max_rows: 5 } } }
        warmup: { runs: 0 }
        """;

    private readonly TemporaryRepository _repository = new TemporaryRepository()
        .Copy(RepositoryPaths.TestModels, "dense")
        .Write("dense/1/pipeline.yaml", Manifest)
        .Copy(RepositoryPaths.TestModels, "dense", "alone")
        .Write("alone/1/pipeline.yaml", "batching: off");

    protected override string Repository => _repository.Path;

    protected override (string Key, string Value)[] Settings => [("Execution:InlineBelowMicroseconds", "0")];

    public void Dispose() => _repository.Dispose();

    [Test]
    public async Task Telemetry_FourRequestsInOneBatch_CountsOneRunOfFourRows()
    {
        var request = Requests.For("dense", "1").Floats("x", [1, 32], new float[32]);
        var calls = Enumerable.Range(0, 4).Select(_ => Server.Client.ModelInferAsync(request).ResponseAsync).ToList();
        await Task.WhenAll(calls);

        var statistics = (await Server.Client.ModelStatisticsAsync(new ModelStatisticsRequest { Name = "dense", Version = "1" })).ModelStats.Single();
        var page = await Server.Http.GetStringAsync(new Uri(Server.MetricsAddress, "/metrics"));
        Assert.Multiple(() =>
        {
            Assert.That(statistics.InferenceCount, Is.EqualTo(4));
            Assert.That(statistics.InferenceStats.Success.Count, Is.EqualTo(4));
            Assert.That(statistics.ExecutionCount, Is.InRange(1, 2), "four rows at once, or twice the preferred two");
            Assert.That((ulong)statistics.BatchStats.Sum(b => (long)(b.BatchSize * b.ComputeInfer.Count)), Is.EqualTo(4));
            Assert.That(statistics.InferenceStats.ComputeInput.Ns, Is.Positive, "inputs were put together");
            Assert.That(page, Does.Contain("inference_batch_rows_sum{model=\"dense\",version=\"1\"} 4\n"));
            Assert.That(page, Does.Contain("inference_batch_requests_sum{model=\"dense\",version=\"1\"} 4\n"));
            Assert.That(page, Does.Contain($"inference_runs_total{{model=\"dense\",version=\"1\",result=\"ok\"}} {statistics.ExecutionCount}\n"));
            Assert.That(page, Does.Not.Contain("inference_batch_rows_sum{model=\"alone\""), "nothing to tell");
        });
    }

    [Test]
    public async Task ModelConfig_OfManifest_TellsBatchesAndQueue()
    {
        var config = (await Server.Client.ModelConfigAsync(new ModelConfigRequest { Name = "dense", Version = "1" })).Config;

        Assert.That(config.MaxBatchSize, Is.EqualTo(4));
        Assert.That(config.DynamicBatching, Is.EqualTo(new ModelDynamicBatching
        {
            PreferredBatchSize = { 2, 4 },
            MaxQueueDelayMicroseconds = 60_000_000,
            PriorityLevels = 3,
            DefaultPriorityLevel = 2,
            DefaultQueuePolicy = Policy(8192),
            PriorityQueuePolicy = { [3] = Policy(5) },
        }));
    }

    [Test]
    public async Task ModelConfig_BatchingOff_HasWholeShapes()
    {
        var config = (await Server.Client.ModelConfigAsync(new ModelConfigRequest { Name = "alone", Version = "1" })).Config;

        Assert.That((config.MaxBatchSize, config.SchedulingChoiceCase), Is.EqualTo((0, ModelConfig.SchedulingChoiceOneofCase.None)));
        Assert.That(config.Input.Single().Dims, Is.EqualTo(new long[] { -1, 32 }));
    }

    private static ModelQueuePolicy Policy(uint rows) => new() { DefaultTimeoutMicroseconds = 2_000_000, AllowTimeoutOverride = true, MaxQueueSize = rows };
}
