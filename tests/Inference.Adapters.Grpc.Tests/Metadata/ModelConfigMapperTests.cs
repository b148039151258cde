using Inference.Adapters.Grpc.Metadata;
using Inference.Adapters.Protocol;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using Inference.Services.Metadata;

namespace Inference.Adapters.Grpc.Tests.Metadata;

internal sealed class ModelConfigMapperTests
{
    private static readonly TensorSpec Rows = new("x", TensorType.Float32, [-1, 3]);
    private static readonly TensorSpec Labels = new("y", TensorType.Bytes, [-1]);
    private static readonly TensorSpec Fixed = new("z", TensorType.Float32, [1, 3]);
    private static readonly BatchingOptions Batching = new()
    {
        MaxRows = 32,
        MaxDelay = TimeSpan.FromMilliseconds(2),
        PreferredRows = [8, 16],
        PreserveOrdering = true,
    };

    [Test]
    public void Encode_PipelineThatBatches_TellsBatchSizeAndLeavesTheBatchAxisOut()
    {
        var config = Encode([Rows], [Labels], Batching, new QueueOptions { MaxRows = 500, Timeout = TimeSpan.FromMilliseconds(250) });

        Assert.Multiple(() =>
        {
            Assert.That(config.MaxBatchSize, Is.EqualTo(32));
            Assert.That(config.Input.Single().Dims, Is.EqualTo(new[] { 3L }));
            Assert.That(config.Output.Single().Dims, Is.Empty);
            Assert.That(config.SchedulingChoiceCase, Is.EqualTo(ModelConfig.SchedulingChoiceOneofCase.DynamicBatching));
            Assert.That(config.DynamicBatching, Is.EqualTo(new ModelDynamicBatching
            {
                PreferredBatchSize = { 8, 16 },
                MaxQueueDelayMicroseconds = 2_000,
                PreserveOrdering = true,
                DefaultQueuePolicy = Policy(250_000, 500),
            }));
        });
    }

    [Test]
    public void Encode_PriorityLevels_TellsDefaultAndPolicies()
    {
        var queue = new QueueOptions
        {
            MaxRows = long.MaxValue,
            PriorityLevels = 4,
            Timeout = TimeSpan.FromSeconds(1),
            Levels = [new PriorityLevelOptions(1) { MaxRows = 9 }, new PriorityLevelOptions(4) { Timeout = TimeSpan.FromMilliseconds(5) }],
        };

        var batching = Encode([Rows], [Labels], Batching, queue).DynamicBatching;

        Assert.Multiple(() =>
        {
            Assert.That((batching.PriorityLevels, batching.DefaultPriorityLevel), Is.EqualTo((4UL, 2UL)));
            Assert.That(batching.PriorityQueuePolicy, Has.Count.EqualTo(2));
            Assert.That(batching.PriorityQueuePolicy[1], Is.EqualTo(Policy(1_000_000, 9)));
            Assert.That(batching.PriorityQueuePolicy[4], Is.EqualTo(Policy(5_000, uint.MaxValue)));
        });
    }

    private static IEnumerable<TestCaseData> Unbatched()
    {
        yield return new TestCaseData(Rows, Labels, true, false).SetName("Encode_BatchingOff_DimsAreWhole");
        yield return new TestCaseData(Rows, Labels, false, true).SetName("Encode_ModelWithoutBatchAxis_DimsAreWhole");
        yield return new TestCaseData(Fixed, Labels, true, true).SetName("Encode_InputOfFixedRows_DimsAreWhole");
        yield return new TestCaseData(Rows, Fixed, true, true).SetName("Encode_OutputOfFixedRows_DimsAreWhole");
    }

    [TestCaseSource(nameof(Unbatched))]
    public void Encode_NoBatches_DimsAreWhole(TensorSpec input, TensorSpec output, bool hasAxis, bool enabled)
    {
        var config = Encode([input], [output], Batching with { Enabled = enabled }, new QueueOptions { PriorityLevels = 3 }, hasAxis);

        Assert.Multiple(() =>
        {
            Assert.That(config.MaxBatchSize, Is.Zero);
            Assert.That(config.SchedulingChoiceCase, Is.EqualTo(ModelConfig.SchedulingChoiceOneofCase.None));
            Assert.That(config.Input.Single().Dims, Is.EqualTo(input.Dimensions));
            Assert.That(config.Output.Single().Dims, Is.EqualTo(output.Dimensions));
        });
    }

    private static ModelQueuePolicy Policy(ulong timeout, uint size) =>
        new() { DefaultTimeoutMicroseconds = timeout, AllowTimeoutOverride = true, MaxQueueSize = size };

    private static ModelConfig Encode(TensorSpec[] inputs, TensorSpec[] outputs, BatchingOptions batching, QueueOptions queue, bool hasAxis = true) =>
        ModelConfigMapper.Encode(new PipelineMetadata(
            "m",
            "1",
            ["1"],
            "onnxruntime_onnx",
            inputs,
            outputs,
            new ModelSpec([.. inputs], [.. outputs], hasAxis),
            new ExecutorInfo("cpu", 2) { Batching = batching, Queue = queue })).Config;
}
