using Inference.Domain.Execution;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Routing;
using Inference.Domain.Tensors;
using Inference.Infra.Storage;
using Inference.Infra.Storage.Triton;
using Inference.Infra.Storage.Triton.TextFormat;

namespace Inference.Infra.Tests.Storage.Triton;

[TestFixture]
internal sealed class TritonModelTests
{
    private const string Io = "input { name: 'x' data_type: TYPE_FP32 dims: 3 } output { name: 'y' data_type: TYPE_FP32 dims: 3 } ";

    [Test]
    public void Read_NothingButTheBackend_IsAllDerivedAndLatest()
    {
        var (model, pipeline) = Read("backend: 'onnxruntime'");

        Assert.Multiple(() =>
        {
            Assert.That(model.VersionPolicy, Is.EqualTo(VersionPolicy.Latest(1)));
            Assert.That(model.DefaultRoute, Is.EqualTo(VersionRoute.Latest));
            Assert.That(pipeline.ModelFile, Is.EqualTo("model.onnx"));
            Assert.That((pipeline.Execution.Contract!.Rows, pipeline.Execution.Contract.MaxRows), Is.EqualTo((RowRule.Derived, 0)));
            Assert.That((pipeline.Execution.Batching.Enabled, pipeline.Execution.Batching.IsAsked), Is.EqualTo((true, false)));
            Assert.That((pipeline.Preprocessor.Name, pipeline.Postprocessor.Name), Is.EqualTo(("passthrough", "passthrough")));
        });
    }

    [TestCase("", null, false)]
    [TestCase("parameters { key: 'loading' value { string_value: 'lazy' } }", true, false)]
    [TestCase("parameters [ { key: 'loading' value { string_value: 'eager' } }, { key: 'pinned' value { string_value: 'true' } } ]", false, true)]
    public void Read_LoadingAndPinned_AreParametersThatModelConfigShows(string text, bool? isLazy, bool isPinned)
    {
        var (model, pipeline) = Read(text);

        Assert.That((model.IsLazy, model.IsPinned), Is.EqualTo((isLazy, isPinned)));
        Assert.That(Warnings(model), Is.Empty);
        Assert.That(pipeline.Configuration!.Entries.Where(e => e.Key == "parameters").Sum(e => e.Value.Entries.Count), Is.EqualTo((isLazy is null ? 0 : 1) + (isPinned ? 1 : 0)));
    }

    [TestCase("", ExpectedResult = "latest: 1")]
    [TestCase("version_policy { latest { num_versions: 3 } }", ExpectedResult = "latest: 3")]
    [TestCase("version_policy { latest { } }", ExpectedResult = "latest: 1")]
    [TestCase("version_policy: { all { } }", ExpectedResult = "all")]
    [TestCase("version_policy: { specific: { versions: [ 3, 1 ] } }", ExpectedResult = "specific: [1, 3]")]
    public string Read_VersionPolicy(string text) => Read(text).Model.VersionPolicy.ToString();

    [Test]
    public void Read_DynamicBatching_IsAskedWithItsSizes()
    {
        var batching = Read("max_batch_size: 32 dynamic_batching { preferred_batch_size: [ 16, 8 ] max_queue_delay_microseconds: 500 preserve_ordering: true }").Pipeline.Execution.Batching;

        Assert.Multiple(() =>
        {
            Assert.That((batching.Enabled, batching.IsAsked, batching.MaxRows, batching.PreserveOrdering), Is.EqualTo((true, true, 32, true)));
            Assert.That(batching.PreferredRows, Is.EqualTo(new[] { 8, 16 }));
            Assert.That(batching.MaxDelay, Is.EqualTo(TimeSpan.FromMicroseconds(500)));
        });
    }

    [TestCase("max_batch_size: 32", true, false)]
    [TestCase("max_batch_size: 1 dynamic_batching { }", false, false)]
    [TestCase(Io, false, false)]
    [TestCase(Io + "dynamic_batching { }", false, false)]
    [TestCase("dynamic_batching { }", true, true)]
    public void Read_Batching_FollowsMaxBatchSize(string text, bool enabled, bool asked)
    {
        var batching = Read(text).Pipeline.Execution.Batching;
        Assert.That((batching.Enabled, batching.IsAsked), Is.EqualTo((enabled, asked)));
    }

    [Test]
    public void Read_QueuePolicies_HoldForEachLevel()
    {
        var (model, pipeline) = Read("""
            max_batch_size: 4
            dynamic_batching {
              priority_levels: 3 default_priority_level: 2
              default_queue_policy { default_timeout_microseconds: 1000 max_queue_size: 7 allow_timeout_override: true }
              priority_queue_policy { key: 3 value { timeout_action: DELAY default_timeout_microseconds: 5 } }
            }
            """);
        var queue = pipeline.Execution.Queue;

        Assert.Multiple(() =>
        {
            Assert.That((queue.PriorityLevels, queue.DefaultPriority), Is.EqualTo((3, 2)));
            Assert.That(queue.Levels.Select(l => (l.Level, l.MaxRequests, l.Timeout.TotalMicroseconds, l.Override)), Is.EqualTo(new[]
            {
                (1, 7, 1000.0, TimeoutOverride.Shorter), (2, 7, 1000.0, TimeoutOverride.Shorter), (3, 0, 0.0, TimeoutOverride.None),
            }));
            Assert.That(Warnings(model), Has.Exactly(1).Contains("timeout_action DELAY is not supported"));
        });
    }

    [Test]
    public void Read_NoDynamicBatching_RequestsOwnTimeoutsHaveNoEffect() =>
        Assert.That(Read("max_batch_size: 4").Pipeline.Execution.Queue.Levels.Single().Override, Is.EqualTo(TimeoutOverride.None));

    [TestCase("instance_group { kind: KIND_CPU count: 3 }", ExpectedResult = "3 cpu")]
    [TestCase("instance_group [ { count: 3 }, { count: 2 } ]", ExpectedResult = "5 cpu")]
    [TestCase("instance_group { kind: KIND_GPU gpus: [ 1 ] }", ExpectedResult = "1 cuda:1")]
    [TestCase("instance_group { kind: KIND_GPU }", ExpectedResult = "1 cuda:0")]
    [TestCase("instance_group { kind: KIND_AUTO count: 0 }", ExpectedResult = "1 auto")]
    [TestCase("instance_group { gpus: 0 }", ExpectedResult = "1 auto")]
    [TestCase("", ExpectedResult = "6 cpu")]
    [TestCase("instance_group { passive: true count: 2 }", ExpectedResult = "6 cpu")]
    public string Read_InstanceGroups_AreLanesAndDevice(string text)
    {
        var execution = Read(text).Pipeline.Execution;
        return $"{execution.Lanes} {execution.Device}";
    }

    [Test]
    public void Read_RuntimeOptions_AreThoseOfTheBackend()
    {
        var execution = Read("""
            optimization { graph { level: -1 } execution_accelerators { gpu_execution_accelerator [ { name: "cuda" parameters { key: "gpu_mem_limit" value: "1000" } } ] } }
            parameters { key: "intra_op_thread_count" value { string_value: "4" } }
            parameters { key: "enable_mem_arena" value { string_value: "0" } }
            parameters { key: "cudnn_conv_algo_search" value { string_value: "1" } }
            parameters { key: "arena_extend_strategy" value { string_value: "1" } }
            """).Pipeline.Execution;

        Assert.Multiple(() =>
        {
            Assert.That((execution.GraphOptimization, execution.IntraOpThreads, execution.MemoryArena), Is.EqualTo((GraphOptimization.Basic, 4, false)));
            Assert.That(execution.Cuda, Is.EqualTo(new CudaOptions { MemoryLimitBytes = 1000, CudnnSearch = CudnnSearch.Heuristic, ArenaStrategy = CudaArenaStrategy.SameAsRequested }));
        });
    }

    [TestCase(-1, ExpectedResult = GraphOptimization.Basic)]
    [TestCase(1, ExpectedResult = GraphOptimization.Extended)]
    [TestCase(2, ExpectedResult = GraphOptimization.None)]
    [TestCase(99, ExpectedResult = GraphOptimization.All)]
    public GraphOptimization Read_GraphLevel_IsThatOfTheBackend(int level) =>
        Read(FormattableString.Invariant($"optimization {{ graph {{ level: {level} }} }}")).Pipeline.Execution.GraphOptimization;

    [Test]
    public void Read_Tensors_AreDeclaredWithTheShapeOfTheModel()
    {
        var (_, pipeline) = Read("""
            max_batch_size: 2
            input { name: "a" data_type: TYPE_STRING dims: [ -1, 2 ] reshape { shape: [ 2, -1 ] } }
            input { name: "b" }
            output { name: "c" data_type: TYPE_BF16 dims: 3 }
            """);
        var contract = pipeline.Execution.Contract!;

        Assert.Multiple(() =>
        {
            Assert.That(contract.Inputs.Select(i => (i.Name, i.Type, i.Dimensions is { } d ? string.Join(',', d) : null)), Is.EqualTo(new (string, TensorType?, string?)[] { ("a", TensorType.Bytes, "2,-1"), ("b", null, null) }));
            Assert.That(contract.Outputs.Select(i => (i.Name, i.Type, string.Join(',', i.Dimensions!.Value))), Is.EqualTo(new (string, TensorType?, string)[] { ("c", TensorType.BFloat16, "3") }));
            Assert.That(pipeline.Preprocessor.Name, Is.EqualTo("tensors.reshape"));
            Assert.That(pipeline.Preprocessor.Options.Entries.Single().Value.Entries.Single().Value.Items.Select(i => i.Text), Is.EqualTo(new[] { "-1", "-1", "2" }));
        });
    }

    [Test]
    public void Read_LabelsAndWarmup_TakeFilesOfTheModelsFolder()
    {
        using var folder = new TempFolder().File("m/labels.txt", "cat\r\ndog\n").File("m/warmup/data", "1234");
        var (_, pipeline) = Read("""
            max_batch_size: 4
            output { name: "y" dims: 2 label_filename: "labels.txt" }
            model_warmup { name: "w" batch_size: 3 count: 2 inputs { key: "x" value { data_type: TYPE_FP32 dims: 1 input_data_file: "data" } } }
            """, folder);

        var sample = pipeline.Warmup.Samples.Single();
        Assert.Multiple(() =>
        {
            Assert.That(pipeline.Execution.Contract!.Outputs.Single().Labels, Is.EqualTo(new[] { "cat", "dog" }));
            Assert.That((sample.Name, sample.Rows, sample.Runs, sample.Inputs.Single().Content), Is.EqualTo(("w", 3, 2, WarmupContent.File)));
            Assert.That(sample.Inputs.Single().File, Is.EqualTo(folder.At("m/warmup/data")));
        });
    }

    [TestCase("runtime: 'x'", "runtime has no effect")]
    [TestCase("optimization { cuda { graphs: true } }", "optimization.cuda has no effect")]
    [TestCase("optimization { execution_accelerators { gpu_execution_accelerator { name: 'tensorrt' } } }", "'tensorrt' is not used")]
    [TestCase("parameters { key: 'intra_op_thread_count' value { string_value: 'many' } }", "'intra_op_thread_count' 'many' has no effect; expected a number")]
    [TestCase("parameters { key: 'execution_mode' value { string_value: '1' } }", "one after the other")]
    [TestCase("parameters { key: 'loading' value { string_value: 'later' } }", "'loading' 'later' has no effect; expected lazy or eager")]
    [TestCase("parameters { key: 'pinned' value { string_value: '1' } }", "expected true or false")]
    [TestCase("parameters { key: 'intra_op_threads_count' value { string_value: '1' } }", "Did you mean 'intra_op_thread_count'?")]
    [TestCase("response_cache { enable: true }", "answers are not cached")]
    [TestCase("metric_tags { key: 'a' value: 'b' }", "metric_tags has no effect")]
    [TestCase("sequence_batching { oldest { max_candidate_sequences: 4 } }", "sequence_batching has no effect")]
    [TestCase("input { name: 'x' optional: true }", "each request must give every input")]
    [TestCase("instance_group { kind: KIND_GPU gpus: [ 0, 1 ] }", "runs on the first of them")]
    [TestCase("instance_group [ { kind: KIND_CPU }, { kind: KIND_GPU } ]", "another device than the first")]
    [TestCase("instance_group { host_policy: 'numa' }", "host_policy of instance_group has no effect")]
    [TestCase("max_batch_size: 4 dynamic_batching { priority_levels: 100 default_priority_level: 50 }", "priority_levels is 100; there are 32")]
    [TestCase("cc_model_filenames { key: '7.5' value: 'a.onnx' }", "default_model_filename is served")]
    public void Read_PartWithoutEffect_IsWarnedOfWithItsPlace(string text, string expected)
    {
        var warnings = Warnings(Read(text).Model);
        Assert.That(warnings, Has.Exactly(1).Matches<string>(w => w!.StartsWith("m/config.pbtxt:1:", StringComparison.Ordinal) && w.Contains(expected, StringComparison.Ordinal)), string.Join('\n', warnings));
    }

    [TestCase("name: 'other'", "'name' is 'other', but the folder is 'm'")]
    [TestCase("platform: 'tensorflow_savedmodel'", "platform 'tensorflow_savedmodel' is not served; expected backend \"onnxruntime\"")]
    [TestCase("backend: 'python'", "backend 'python' is not served")]
    [TestCase("backend: 'onnxruntme'", "Did you mean 'onnxruntime'?")]
    [TestCase("default_model_filename: 'model.plan'", "'model.plan' does not end in .onnx")]
    [TestCase("platform: 'ensemble' ensemble_scheduling { step [ { model_name: 'first' }, { model_name: 'second' } ] }", "an ensemble of 'first', 'second'")]
    [TestCase("sequence_batching { control_input { name: 'START' } }", "sequence_batching is not served")]
    [TestCase("sequence_batching { state { input_name: 'a' } }", "sequence_batching is not served")]
    [TestCase("batch_input { kind: BATCH_ELEMENT_COUNT }", "batch_input is not supported")]
    [TestCase("input { name: 'x' allow_ragged_batch: true }", "allow_ragged_batch of 'x' is not supported")]
    [TestCase("model_operations { op_library_filename: 'a.so' }", "model_operations is not supported")]
    [TestCase("model_transaction_policy { decoupled: true }", "decoupled is not supported")]
    [TestCase("model_repository_agents { agents { name: 'checksum' } }", "model_repository_agents is not supported")]
    [TestCase("instance_group { kind: KIND_MODEL }", "KIND_MODEL is not supported")]
    [TestCase("cc_model_filenames { key: '7.5' value: 'a.onnx' } instance_group { kind: KIND_GPU }", "cc_model_filenames is not supported")]
    [TestCase("max_batch_size: -1", "'max_batch_size' is '-1'")]
    [TestCase("max_batch_size: 4 dynamic_batching { preferred_batch_size: 8 }", "expected sizes from 1 to 4")]
    [TestCase("dynamic_batching { priority_levels: 2 }", "default_priority_level is not given")]
    [TestCase("dynamic_batching { priority_levels: 2 default_priority_level: 3 }", "'default_priority_level' is '3'")]
    [TestCase("dynamic_batching { priority_queue_policy { key: 1 value { } } }", "is for level 1")]
    [TestCase("input { name: 'x' dims: 0 }", "'dims' is [0]; expected sizes of at least 1")]
    [TestCase("input { dims: 1 }", "'name' is missing")]
    [TestCase("input { name: 'x' } input { name: 'x' }", "stands twice")]
    [TestCase("input { name: 'x' dims: [ 2, 3 ] reshape { shape: [ 5 ] } }", "they have not the same number of elements")]
    [TestCase("input { name: 'x' dims: [ -1 ] reshape { shape: [ 1, 1 ] } }", "not the same number of axes of any size")]
    [TestCase("output { name: 'y' label_filename: '../secret' }", "expected the name of a file in the folder 'm'")]
    [TestCase("output { name: 'y' label_filename: '/etc/passwd' }", "expected the name of a file in the folder 'm'")]
    [TestCase("output { name: 'y' label_filename: 'none.txt' }", "'none.txt', which is not in the model's folder")]
    [TestCase("model_warmup { name: 'w' inputs { key: 'x' value { dims: 1 input_data_file: '../../x' } } }", "expected the name of a file in the folder 'm/warmup'")]
    [TestCase("version_policy { latest { num_versions: 0 } }", "'num_versions' is '0'")]
    [TestCase("version_policy { specific { } }", "expected at least one version")]
    public void Read_WhatWouldChangeAnswers_IsRefusedWithItsPlace(string text, string expected)
    {
        var error = Assert.Throws<ManifestException>(() => Read(text))!;
        Assert.That(error.Errors, Has.Some.Matches<string>(e => e!.StartsWith("m/config.pbtxt:1", StringComparison.Ordinal) && e.Contains(expected, StringComparison.Ordinal)), error.Message);
    }

    [Test]
    public void Read_ALinkOutOfTheRepository_IsNoLabelFile()
    {
        using var folder = new TempFolder().Folder("m").Link("m/labels.txt", "/etc/passwd");
        Assert.That(Assert.Throws<ManifestException>(() => Read("output { name: 'y' label_filename: 'labels.txt' }", folder))!.Message, Does.Contain("a link that leads out of the repository"));
    }

    [Test]
    public void Read_WhatHolds_LeavesOutWhatHasNoEffect()
    {
        var names = Read("runtime: 'x' response_cache { enable: true } parameters { key: 'foo' value { } } max_batch_size: 2").Pipeline.Configuration!.Entries.Select(e => e.Key);
        Assert.That(names, Is.EquivalentTo(new[] { "parameters", "max_batch_size", "version_policy", "default_model_filename" }));
    }

    private static IEnumerable<string> Warnings(ModelManifest model) => model.Notes.Where(n => n.IsWarning).Select(n => n.Text);

    private static TritonModel Read(string text, TempFolder? folder = null)
    {
        var root = folder?.Path ?? Path.GetTempPath();
        return TritonModel.Read(TextParser.Parse(text, "m/config.pbtxt"), new SubFolder("m", Path.Combine(root, "m"), string.Empty), new RepositoryContext(ArtefactFolder.RealPath(root), new ExecutionOptions { Lanes = 6 }));
    }
}
