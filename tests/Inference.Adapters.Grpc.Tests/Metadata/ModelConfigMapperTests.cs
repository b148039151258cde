using Inference.Adapters.Grpc.Metadata;
using Inference.Adapters.Protocol;
using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
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

    [Test]
    public void Encode_OneLevelWithItsOwnPolicy_IsTheDefaultPolicy()
    {
        var queue = new QueueOptions { Levels = [new PriorityLevelOptions(1) { MaxRequests = 7, Timeout = TimeSpan.FromMilliseconds(1), Override = TimeoutOverride.None }] };

        var batching = Encode([Rows], [Labels], Batching, queue).DynamicBatching;

        Assert.Multiple(() =>
        {
            Assert.That(batching.PriorityQueuePolicy, Is.Empty);
            Assert.That(batching.DefaultQueuePolicy, Is.EqualTo(new ModelQueuePolicy { DefaultTimeoutMicroseconds = 1_000, MaxQueueSize = 7 }));
        });
    }

    [Test]
    public void Encode_MaxRowsOfRequestsThatShareNoRuns_TellsBatchSizeAndNoBatching()
    {
        var metadata = Metadata([Rows], [Labels], Batching with { Enabled = false }, new QueueOptions(), hasAxis: true);

        var config = ModelConfigMapper.Encode(metadata with { Model = metadata.Model with { MaxRows = 5 } }).Config;

        Assert.That((config.MaxBatchSize, config.SchedulingChoiceCase, config.Input.Single().Dims.Single()), Is.EqualTo((5, ModelConfig.SchedulingChoiceOneofCase.None, 3L)));
    }

    [Test]
    public void Encode_Configured_KeepsWhatWasWrittenAndCompletesIt()
    {
        var at = new SourceLocation("f", 1);
        OptionNode Word(string text) => OptionNode.Scalar(text, at);
        OptionNode Section(params (string Key, OptionNode Value)[] entries) => OptionNode.Section([.. entries.Select(e => new KeyValuePair<string, OptionNode>(e.Key, e.Value))], at);
        var written = Section(
            ("name", Word("other")),
            ("max_batch_size", Word("4")),
            ("input", OptionNode.List([Section(("name", Word("x")), ("format", Word("FORMAT_NHWC")), ("dims", OptionNode.List([Word("9")], at)))], at)),
            ("parameters", Section(("a", Section(("string_value", Word("b")))))),
            ("dynamic_batching", Section(("priority_levels", Word("3")), ("priority_queue_policy", Section(("2", Section(("timeout_action", Word("DELAY")))))))),
            ("optimization", Section(("cuda", Section(("graphs", Word("true")))))),
            ("model_metrics", Section(("metric_control", OptionNode.List([Section(("histogram_options", Section(("buckets", OptionNode.List([Word("1.5"), Word("Infinity")], at)))))], at)))),
            ("a_field_of_the_future", Word("1")));
        var metadata = Metadata([Rows], [Labels], Batching, new QueueOptions(), hasAxis: true);

        var config = ModelConfigMapper.Encode(metadata with { Configuration = written, Model = metadata.Model with { MaxRows = 4 } }).Config;

        Assert.Multiple(() =>
        {
            Assert.That((config.Name, config.Platform, config.MaxBatchSize), Is.EqualTo(("m", "onnxruntime_onnx", 4)));
            Assert.That(config.Input.Single(), Is.EqualTo(new ModelInput { Name = "x", DataType = DataType.TypeFp32, Format = ModelInput.Types.Format.Nhwc, Dims = { 3 } }));
            Assert.That(config.Output.Single(), Is.EqualTo(new ModelOutput { Name = "y", DataType = DataType.TypeString }));
            Assert.That(config.Parameters["a"].StringValue, Is.EqualTo("b"));
            Assert.That(config.DynamicBatching.PriorityQueuePolicy[2].TimeoutAction, Is.EqualTo(ModelQueuePolicy.Types.TimeoutAction.Delay));
            Assert.That(config.Optimization.Cuda.Graphs, Is.True);
            Assert.That(config.ModelMetrics.MetricControl.Single().HistogramOptions.Buckets, Is.EqualTo(new[] { 1.5, double.PositiveInfinity }));
        });
    }

    private static ModelQueuePolicy Policy(ulong timeout, uint size) =>
        new() { DefaultTimeoutMicroseconds = timeout, AllowTimeoutOverride = true, MaxQueueSize = size };

    private static ModelConfig Encode(TensorSpec[] inputs, TensorSpec[] outputs, BatchingOptions batching, QueueOptions queue, bool hasAxis = true) =>
        ModelConfigMapper.Encode(Metadata(inputs, outputs, batching, queue, hasAxis)).Config;

    private static PipelineMetadata Metadata(TensorSpec[] inputs, TensorSpec[] outputs, BatchingOptions batching, QueueOptions queue, bool hasAxis) => new(
        "m",
        "1",
        ["1"],
        "onnxruntime_onnx",
        inputs,
        outputs,
        new ModelSpec([.. inputs], [.. outputs], hasAxis),
        new ExecutorInfo("cpu", 2) { Batching = batching, Queue = queue });
}
