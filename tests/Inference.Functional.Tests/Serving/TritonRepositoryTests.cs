using System.Runtime.InteropServices;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Serving;

/// <summary>A repository with Triton's configurations, called as its clients do: without a version.</summary>
internal sealed class TritonRepositoryTests : ServerFixture
{
    private static readonly long[] Sixteen = [1, 16];

    protected override string Repository => RepositoryPaths.TritonModels;

    [Test]
    public async Task ModelInfer_NoVersion_GetsTheHighest()
    {
        var answer = await Server.Client.ModelInferAsync(Simple(string.Empty, 1));

        Assert.Multiple(() =>
        {
            Assert.That(answer.ModelVersion, Is.EqualTo("3"));
            Assert.That(Integers(answer, "OUTPUT0"), Is.EqualTo(Enumerable.Range(0, 16).Select(i => i + 1 + 2)));
            Assert.That(Integers(answer, "OUTPUT1"), Is.EqualTo(Enumerable.Range(0, 16).Select(i => i - 1)));
        });
    }

    [Test]
    public async Task ModelInfer_NamedVersion_GetsIt() =>
        Assert.That(Integers(await Server.Client.ModelInferAsync(Simple("2", 1)), "OUTPUT0")[0], Is.EqualTo(2));

    [Test]
    public async Task RepositoryIndex_VersionPolicy_LeavesOutWhatItDoesNotServe()
    {
        var index = await Server.Client.RepositoryIndexAsync(new RepositoryIndexRequest());
        var error = await FailureAsync(Simple("1", 1));

        Assert.Multiple(() =>
        {
            Assert.That(index.Models.Where(m => m.Name == "simple").Select(m => (m.Version, m.State)), Is.EqualTo(new[] { ("2", "READY"), ("3", "READY") }));
            Assert.That(index.Models.Where(m => m.Name == "named_file").Select(m => m.Version), Is.EqualTo(new[] { "1" }));
            Assert.That(error!.StatusCode, Is.EqualTo(StatusCode.NotFound));
            Assert.That(error.Status.Detail, Does.Contain("'simple' has no version '1'; available versions: 2, 3"));
        });
    }

    [Test]
    public async Task ModelMetadata_MaxBatchSize_ShowsTheBatchAxisFirst()
    {
        var metadata = await Server.Client.ModelMetadataAsync(new ModelMetadataRequest { Name = "simple" });

        Assert.Multiple(() =>
        {
            Assert.That(metadata.Platform, Is.EqualTo("onnxruntime_onnx"));
            Assert.That(metadata.Inputs.Select(i => i.Shape), Is.All.EqualTo(new long[] { -1, 16 }));
        });
    }

    [TestCase(8, ExpectedResult = StatusCode.OK)]
    [TestCase(9, ExpectedResult = StatusCode.InvalidArgument)]
    [TestCase(0, ExpectedResult = StatusCode.InvalidArgument)]
    public async Task<StatusCode> ModelInfer_Rows_AreOneToMaxBatchSize(int rows)
    {
        var error = await FailureAsync(Simple("3", rows));
        if (error is not null)
            Assert.That(error.Status.Detail, Does.Contain($"{rows} rows").And.Contain("1 to 8").And.Contain("max_batch_size"));
        return error?.StatusCode ?? StatusCode.OK;
    }

    [Test]
    public async Task ModelInfer_ShapeWithoutBatchAxis_IsRefused()
    {
        var request = Requests.For("simple", string.Empty);
        foreach (var name in new[] { "INPUT0", "INPUT1" })
            request.Raw(name, "INT32", [16], new byte[64]);
        Assert.That((await FailureAsync(request))!.Status.Detail, Does.Contain("'INPUT0'").And.Contain("[16]").And.Contain("[-1,16]"));
    }

    [Test]
    public async Task ModelInfer_ReshapeAndLabels_AnswersAsTheClientSeesThem()
    {
        var request = Requests.For("image_fixed", string.Empty).Floats("data_0", [3, 4, 4], [.. Enumerable.Range(0, 48).Select(i => i / 48f)]);
        var scores = await Server.Client.ModelInferAsync(request);
        request.Outputs.Add(new ModelInferRequest.Types.InferRequestedOutputTensor { Name = "fc6_1", Parameters = { ["classification"] = new InferParameter { Int64Param = 2 } } });
        var best = await Server.Client.ModelInferAsync(request);

        string[] labels = ["cat", "dog", "bird", "fish", "road sign"];
        var ranked = scores.Floats("fc6_1").Select((score, index) => (score, index)).OrderByDescending(s => s.score).Take(2);
        Assert.Multiple(() =>
        {
            Assert.That(scores.Outputs.Single().Shape, Is.EqualTo(new long[] { 5 }));
            Assert.That(best.Outputs.Single().Shape, Is.EqualTo(new long[] { 2 }));
            Assert.That(best.Strings("fc6_1"), Is.EqualTo(ranked.Select(r => FormattableString.Invariant($"{r.score:F6}:{r.index}:{labels[r.index]}"))));
        });
    }

    [Test]
    public async Task ModelInfer_ReshapeToNoAxis_KeepsTheRows()
    {
        var answer = await Server.Client.ModelInferAsync(Requests.For("scalar_rows", string.Empty).Floats("x", [3, 1], 1, 2, 3));

        Assert.Multiple(() =>
        {
            Assert.That(answer.Outputs.Single().Shape, Is.EqualTo(new long[] { 3, 1 }));
            Assert.That(answer.Floats("y"), Is.EqualTo(new[] { 2f, 4f, 6f }));
        });
    }

    [Test]
    public async Task ModelInfer_SymbolsOfDifferentNames_AreRowsSinceTheConfigurationSaysSo()
    {
        var request = Requests.For("text_encoder", string.Empty);
        foreach (var name in new[] { "input_ids", "attention_mask" })
            request.Raw(name, "INT64", [2, 3], MemoryMarshal.AsBytes<long>([1, 2, 3, 4, 5, 6]));
        var answer = await Server.Client.ModelInferAsync(request);

        Assert.That(answer.Outputs.Select(o => o.Shape.ToArray()), Is.EqualTo(new[] { new long[] { 2, 3, 4 }, [2, 4] }));
    }

    [TestCase("strings")]
    [TestCase("folder_model")]
    [TestCase("auto_complete")]
    [TestCase("named_file")]
    public async Task ModelReady_EveryForm_IsServed(string model) =>
        Assert.That((await Server.Client.ModelReadyAsync(new ModelReadyRequest { Name = model })).Ready, Is.True);

    [Test]
    public async Task ModelConfig_Declared_IsWhatHolds()
    {
        var config = await ConfigAsync("text_encoder");

        Assert.Multiple(() =>
        {
            Assert.That(config.MaxBatchSize, Is.EqualTo(16));
            Assert.That(config.Backend, Is.EqualTo("onnxruntime"));
            Assert.That(config.Input.Select(i => (i.Name, i.DataType, i.Dims.Single())), Is.EqualTo(new[] { ("input_ids", DataType.TypeInt64, -1L), ("attention_mask", DataType.TypeInt64, -1L) }));
            Assert.That(config.Output.Select(o => o.Dims.ToArray()), Is.EqualTo(new[] { new long[] { -1, 4 }, [4] }));
            Assert.That(config.DynamicBatching.PreferredBatchSize, Is.EqualTo(new[] { 4, 8, 16 }));
            Assert.That(config.DynamicBatching.MaxQueueDelayMicroseconds, Is.EqualTo(100));
            Assert.That(config.DynamicBatching.PriorityQueuePolicy[1].MaxQueueSize, Is.EqualTo(16));
            Assert.That(config.InstanceGroup.Single(), Is.EqualTo(new ModelInstanceGroup { Name = "text_encoder", Count = 2, Kind = ModelInstanceGroup.Types.Kind.Cpu }));
            Assert.That(config.VersionPolicy.Latest.NumVersions, Is.EqualTo(1));
            Assert.That(config.DefaultModelFilename, Is.EqualTo("model.onnx"));
            Assert.That(config.ModelWarmup.Single().Inputs["attention_mask"].InputDataFile, Is.EqualTo("ones"));
        });
    }

    [Test]
    public async Task ModelConfig_Reshape_TellsBothShapes()
    {
        var config = await ConfigAsync("image_fixed");

        Assert.Multiple(() =>
        {
            Assert.That(config.MaxBatchSize, Is.Zero);
            Assert.That(config.Input.Single().Dims, Is.EqualTo(new long[] { 3, 4, 4 }));
            Assert.That(config.Input.Single().Reshape.Shape, Is.EqualTo(new long[] { 1, 3, 4, 4 }));
            Assert.That(config.Input.Single().Format, Is.EqualTo(ModelInput.Types.Format.Nchw));
            Assert.That(config.Output.Single().LabelFilename, Is.EqualTo("image_labels.txt"));
        });
    }

    [Test]
    public async Task ModelConfig_PartsWithoutEffect_AreLeftOutAndWarnedOf()
    {
        var config = await ConfigAsync("named_file");
        var warnings = Server.Log.All.Where(e => e.Text.Contains("named_file/config.pbtxt", StringComparison.Ordinal)).Select(e => e.Text).ToList();

        Assert.Multiple(() =>
        {
            Assert.That((config.ResponseCache, config.MetricTags.Count), Is.EqualTo((default(ModelResponseCache), 0)));
            Assert.That(config.VersionPolicy.Specific.Versions, Is.EqualTo(new long[] { 1, 7 }));
            Assert.That(config.Parameters["intra_op_thread_count"].StringValue, Is.EqualTo("1"));
            Assert.That(warnings, Has.Some.Contains("response_cache").And.Some.Contains("metric_tags").And.Some.Contains("openvino"));
        });
    }

    private static ModelInferRequest Simple(string version, int rows)
    {
        long[] shape = [rows, .. Sixteen.Skip(1)];
        var numbers = Enumerable.Range(0, 16 * rows).ToArray();
        return Requests.For("simple", version)
            .Raw("INPUT0", "INT32", shape, MemoryMarshal.AsBytes<int>(numbers))
            .Raw("INPUT1", "INT32", shape, MemoryMarshal.AsBytes<int>([.. Enumerable.Repeat(1, 16 * rows)]));
    }

    private static int[] Integers(ModelInferResponse answer, string name) => MemoryMarshal.Cast<byte, int>(answer.Bytes(name).Span).ToArray();

    private async Task<ModelConfig> ConfigAsync(string model) => (await Server.Client.ModelConfigAsync(new ModelConfigRequest { Name = model })).Config;

    private async Task<RpcException?> FailureAsync(ModelInferRequest request)
    {
        try
        {
            await Server.Client.ModelInferAsync(request);
            return null;
        }
        catch (RpcException e)
        {
            return e;
        }
    }
}
