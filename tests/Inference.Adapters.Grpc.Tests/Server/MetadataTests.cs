using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Core.Lifecycle;
using Inference.Domain.Models;
using Inference.Domain.Tensors;
using static Inference.Adapters.Grpc.Tests.Server.Requests;

namespace Inference.Adapters.Grpc.Tests.Server;

internal sealed class MetadataTests
{
    [Test]
    public async Task ServerMetadata_Always_NamesServerAndWhatWorks()
    {
        await using var server = await LoopbackServer.StartAsync();
        var metadata = await server.Client.ServerMetadataAsync(new ServerMetadataRequest());
        Assert.That(metadata, Is.EqualTo(new ServerMetadataResponse
        {
            Name = "test-server",
            Version = "1.2.3",
            Extensions = { "classification", "logging", "model_configuration", "model_repository", "model_repository(unload_dependents)", "schedule_policy", "statistics", "trace" },
        }));
    }

    [TestCase(ServerPhase.Running, true, true)]
    [TestCase(ServerPhase.Grace, true, false)]
    [TestCase(ServerPhase.Draining, true, false)]
    [TestCase(ServerPhase.Stopped, false, false)]
    public async Task ServerLiveAndReady_Phase_SayWhetherToSendRequests(ServerPhase phase, bool live, bool ready)
    {
        await using var server = await LoopbackServer.StartAsync();
        server.Lifecycle.Advance(phase);
        Assert.That((await server.Client.ServerLiveAsync(new ServerLiveRequest())).Live, Is.EqualTo(live));
        Assert.That((await server.Client.ServerReadyAsync(new ServerReadyRequest())).Ready, Is.EqualTo(ready));
    }

    [Test]
    public async Task ModelReady_Model_SaysWhetherItServes()
    {
        await using var server = await LoopbackServer.StartAsync(
            TestModel.Identity("good", TensorType.UInt8), TestModel.Identity("bad", TensorType.UInt8) with { LoadProblem = "torn" });
        Assert.That((await server.Client.ModelReadyAsync(new ModelReadyRequest { Name = "good", Version = "1" })).Ready, Is.True);
        Assert.That((await server.Client.ModelReadyAsync(new ModelReadyRequest { Name = "bad", Version = "1" })).Ready, Is.False);
        var error = await RefusedAsync(() => server.Client.ModelReadyAsync(new ModelReadyRequest { Name = "goud", Version = "1" }).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.NotFound));
        Assert.That(error.Status.Detail, Does.Contain("Did you mean 'good'?"));
    }

    [Test]
    public async Task ModelMetadata_Model_DescribesInputsOutputsAndVersions()
    {
        var spec = ModelSpec.Create(
            [new TensorSpec("A", TensorType.BFloat16, [-1, 3]), new TensorSpec("B", TensorType.Bytes, [])], [new TensorSpec("C", TensorType.Int64, [2])], "onnxruntime_onnx");
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8) with { Spec = spec, Versions = [1, 3, 12] });
        var metadata = await server.Client.ModelMetadataAsync(new ModelMetadataRequest { Name = "m", Version = "3" });
        Assert.That(metadata, Is.EqualTo(new ModelMetadataResponse
        {
            Name = "m",
            Platform = "onnxruntime_onnx",
            Versions = { "1", "3", "12" },
            Inputs = { Tensor("A", "BF16", -1, 3), Tensor("B", "BYTES") },
            Outputs = { Tensor("C", "INT64", 2) },
        }));
    }

    [TestCase("cpu", ModelInstanceGroup.Types.Kind.Cpu, new int[0])]
    [TestCase("cuda:1", ModelInstanceGroup.Types.Kind.Gpu, new[] { 1 })]
    public async Task ModelConfig_Model_NamesTensorsAndDevice(string device, object kind, int[] gpus)
    {
        var spec = ModelSpec.Create([new TensorSpec("A", TensorType.Float16, [-1, 3])], [new TensorSpec("C", TensorType.Bytes, [-1])], "onnxruntime_onnx");
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8) with { Spec = spec, Device = device });
        var answer = await server.Client.ModelConfigAsync(new ModelConfigRequest { Name = "m", Version = "1" });
        Assert.That(answer.Config, Is.EqualTo(new ModelConfig
        {
            Name = "m",
            Platform = "onnxruntime_onnx",
            Backend = "onnxruntime",
            Input = { new ModelInput { Name = "A", DataType = DataType.TypeFp16, Dims = { -1, 3 } } },
            Output = { new ModelOutput { Name = "C", DataType = DataType.TypeString, Dims = { -1 } } },
            InstanceGroup = { new ModelInstanceGroup { Name = "m", Kind = (ModelInstanceGroup.Types.Kind)kind, Count = 2, Gpus = { gpus } } },
        }));
    }

    [Test]
    public async Task ModelStatistics_AfterRequests_CountsThem()
    {
        await using var server = await LoopbackServer.StartAsync(TestModel.Identity("m", TensorType.UInt8), TestModel.Identity("n", TensorType.UInt8));
        await server.Client.ModelInferAsync(Raw("m", TensorType.UInt8, [1, 2, 3], 3));
        await RefusedAsync(() => server.Client.ModelInferAsync(Raw("m", TensorType.Int8, [1], 1)).ResponseAsync);
        var all = await server.Client.ModelStatisticsAsync(new ModelStatisticsRequest());
        Assert.That(all.ModelStats.Select(s => (s.Name, s.Version)), Is.EqualTo(new[] { ("m", "1"), ("n", "1") }));
        var one = (await server.Client.ModelStatisticsAsync(new ModelStatisticsRequest { Name = "m", Version = "1" })).ModelStats.Single();
        Assert.Multiple(() =>
        {
            Assert.That((one.InferenceCount, one.ExecutionCount), Is.EqualTo((3ul, 1ul)));
            Assert.That((one.InferenceStats.Success.Count, one.InferenceStats.Fail.Count), Is.EqualTo((1ul, 1ul)));
            Assert.That(one.InferenceStats.Success.Ns, Is.Positive);
            Assert.That(one.LastInference, Is.EqualTo((ulong)DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()).Within(60_000));
            Assert.That(one.BatchStats.Single().BatchSize, Is.EqualTo(3));
            Assert.That(one.InferenceStats.CacheHit, Is.EqualTo(new StatisticDuration()));
        });
    }

    [Test]
    public async Task RepositoryIndex_ReadyAndFailed_TellsStateAndReason()
    {
        await using var server = await LoopbackServer.StartAsync(
            TestModel.Identity("good", TensorType.UInt8) with { Versions = [1, 2] }, TestModel.Identity("bad", TensorType.UInt8) with { LoadProblem = "torn" });
        var all = await server.Client.RepositoryIndexAsync(new RepositoryIndexRequest());
        Assert.That(
            all.Models.Select(m => (m.Name, m.Version, m.State, m.Reason)),
            Is.EqualTo(new[] { ("bad", "1", "UNAVAILABLE", "torn"), ("good", "1", "READY", string.Empty), ("good", "2", "READY", string.Empty) }));
        var ready = await server.Client.RepositoryIndexAsync(new RepositoryIndexRequest { Ready = true });
        Assert.That(ready.Models.Select(m => m.Name), Is.EqualTo(new[] { "good", "good" }));
    }

    [Test]
    public async Task RepositoryIndex_RepositoryByName_IsRefused()
    {
        await using var server = await LoopbackServer.StartAsync();
        var error = await RefusedAsync(() => server.Client.RepositoryIndexAsync(new RepositoryIndexRequest { RepositoryName = "other" }).ResponseAsync);
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        Assert.That(error.Status.Detail, Does.Contain("repository 'other'"));
    }

    private static ModelMetadataResponse.Types.TensorMetadata Tensor(string name, string datatype, params long[] shape) => new() { Name = name, Datatype = datatype, Shape = { shape } };
}
