using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Storage.Manifests;

internal sealed class PipelineManifestReaderTests
{
    private static readonly ExecutionOptions Defaults = new() { Lanes = 5, Device = new DeviceRequest(DeviceKind.Auto, 0) };

    [Test]
    public void Read_Everything_IsTaken()
    {
        var manifest = Read(
            """
            model: { file: sub/net.onnx }
            preprocessor:
              name: tabular.columns
              options: { output: x }
            postprocessor: { name: classification.top_k }
            execution:
              device: cuda:1
              lanes: 3
              weight: 4
              intra_op_threads: 2
              graph_optimization: basic
              memory_arena: false
              cuda: { memory_limit_bytes: 1000000, arena_strategy: same_as_requested, cudnn_search: heuristic, graphs: true, tf32: false }
            warmup: { runs: 4, rows: 8 }
            """);
        Assert.That(manifest.ModelFile, Is.EqualTo("sub/net.onnx"));
        Assert.That($"{manifest.Preprocessor.Name} {manifest.Preprocessor.Location} {manifest.Preprocessor.Options.Entries.Single().Key}", Is.EqualTo("tabular.columns p.yaml:3 output"));
        Assert.That($"{manifest.Postprocessor.Name} {manifest.Postprocessor.Location}", Is.EqualTo("classification.top_k p.yaml:5"));
        Assert.That(manifest.Execution, Is.EqualTo(new ExecutionOptions
        {
            Device = new DeviceRequest(DeviceKind.Cuda, 1),
            Lanes = 3,
            Weight = 4,
            IntraOpThreads = 2,
            GraphOptimization = GraphOptimization.Basic,
            MemoryArena = false,
            Cuda = new CudaOptions { MemoryLimitBytes = 1000000, ArenaStrategy = CudaArenaStrategy.SameAsRequested, CudnnSearch = CudnnSearch.Heuristic, Graphs = true, Tf32 = false },
        }));
        Assert.That(manifest.Warmup, Is.EqualTo(new WarmupOptions(4, 8)));
    }

    [TestCase("")]
    [TestCase("execution: {}")]
    public void Read_Nothing_GivesDefaults(string text)
    {
        var manifest = Read(text);
        Assert.That(manifest.ModelFile, Is.EqualTo("model.onnx"));
        Assert.That(manifest.Execution, Is.EqualTo(Defaults));
        Assert.That(manifest.Warmup, Is.EqualTo(new WarmupOptions(1, 1)));
        Assert.That((manifest.Preprocessor.Name, manifest.Postprocessor.Name), Is.EqualTo(("passthrough", "passthrough")));
    }

    [TestCase("modl: {}", "p.yaml:1: key 'modl' is not known; known here: model, preprocessor, postprocessor, execution, queue, batching, warmup. Did you mean 'model'?")]
    [TestCase("model: { file: '' }", "p.yaml:1: 'file' is empty")]
    [TestCase("model: model.onnx", "p.yaml:1: 'model' must have keys with values.")]
    [TestCase("model: { file: [a] }", "p.yaml:1: 'file' must be a single value.")]
    [TestCase("model: { md5: abc }", "p.yaml:1: key 'md5' is not known; known here: file, sha256.")]
    [TestCase("preprocessor: { options: {} }", "p.yaml:1: key 'name' is missing.")]
    [TestCase("preprocessor: { name: a, options: 3 }", "p.yaml:1: 'options' must have keys with values")]
    [TestCase("preprocessor: { name: a, option: {} }", "Did you mean 'options'?")]
    [TestCase("execution:\n  device: gpu", "p.yaml:2: 'device' is 'gpu'; expected cpu, cuda, cuda:N or auto.")]
    [TestCase("execution:\n  device: [cpu]", "p.yaml:2: 'device' must be a single value.")]
    [TestCase("execution:\n  lanes: 0", "p.yaml:2: 'lanes' is '0'; expected a whole number from 1 to 1024.")]
    [TestCase("execution:\n  max_queued: 9", "p.yaml:2: 'max_queued' is no key of this section any more; give queue.max_rows")]
    [TestCase("execution:\n  weight: 0", "p.yaml:2: 'weight' is '0'; expected a whole number from 1 to 1000.")]
    [TestCase("execution:\n  wight: 2", "known here: device, lanes, weight, intra_op_threads, graph_optimization, memory_arena, cuda. Did you mean 'weight'?")]
    [TestCase("execution:\n  lanes: 1.5", "p.yaml:2: 'lanes' is '1.5'")]
    [TestCase("execution:\n  lanes: 99999999999999999999", "p.yaml:2: 'lanes' is '99999999999999999999'")]
    [TestCase("execution:\n  memory_arena: yes", "p.yaml:2: 'memory_arena' is 'yes'; expected true or false.")]
    [TestCase("execution:\n  graph_optimization: al", "Did you mean 'all'?")]
    [TestCase("execution:\n  cuda:\n    memory_limit_bytes: -1", "p.yaml:3: 'memory_limit_bytes' is '-1'; expected a whole number of at least 0.")]
    [TestCase("execution:\n  cuda:\n    tf23: true", "p.yaml:3: key 'tf23' is not known")]
    [TestCase("warmup: { runs: -1 }", "expected a whole number from 0 to 1000")]
    [TestCase("warmup: { rows: 0 }", "expected a whole number from 1 to 65536")]
    [TestCase("- a", "p.yaml:1: keys with values are expected here.")]
    [TestCase("just text", "p.yaml:1: keys with values are expected here.")]
    public void Read_Mistake_IsToldWithLineAndRemedy(string text, string expected) =>
        Assert.That(Assert.Throws<ManifestException>(() => Read(text))!.Message, Does.Contain(expected));

    [Test]
    public void Read_ManyMistakes_AreToldTogetherOnceEach()
    {
        var errors = Assert.Throws<ManifestException>(() => Read("execution: { lanes: no, device: gpu, lans: 2 }\nwarmup: { runs: no }\nx: 1"))!.Errors;
        Assert.That(errors, Has.Count.EqualTo(5));
        Assert.That(errors, Is.Unique);
    }

    private static PipelineManifest Read(string text) => PipelineManifestReader.Read(YamlReader.Read(text, "p.yaml"), Defaults);
}
