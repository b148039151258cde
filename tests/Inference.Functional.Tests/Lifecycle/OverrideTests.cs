using Google.Protobuf;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>Loads that bring a configuration, or a whole model.</summary>
internal sealed class OverrideTests : LifecycleFixture
{
    public OverrideTests()
    {
        foreach (var model in new[] { "configured", "replaced", "spoiled", "named", "misfit" })
            ScaleModel.Put(Path.Combine(Models.Path, model, "1", "model.onnx"), ScaleModel.Bytes(1));
    }

    protected override (string Key, string Value)[] Settings => [("Repository:Mode", "explicit"), ("Repository:SettleMilliseconds", "0")];

    [Test]
    public async Task Load_Configuration_HoldsUntilTheNextLoad()
    {
        await LoadAsync("configured", """{"max_batch_size": 3}""");
        var (limited, configured) = (await FailureAsync(() => RowsAsync("configured", 4)), await BatchSizeAsync("configured"));
        await RowsAsync("configured", 3);
        await LoadAsync("configured");
        await RowsAsync("configured", 4);

        Assert.That((limited.StatusCode, configured), Is.EqualTo((StatusCode.InvalidArgument, 3)));
        Assert.That(limited.Status.Detail, Does.Contain("max_batch_size"));
        Assert.That(await BatchSizeAsync("configured"), Is.Not.EqualTo(3));
    }

    [Test]
    public async Task Load_Files_AreServedInPlaceOfTheStoredOnesUntilUnloaded()
    {
        var before = Directory.EnumerateFileSystemEntries(Models.Path, "*", SearchOption.AllDirectories).Order().ToList();
        await LoadAsync("replaced");
        var stored = await FactorAsync("replaced", "1");
        await LoadAsync("replaced", """{"version_policy": {"all": {}}}""", ("1/model.onnx", ScaleModel.Bytes(5)), ("2/model.onnx", ScaleModel.Bytes(7)));
        var brought = (await IndexAsync("replaced"), await FactorAsync("replaced", "1"), await FactorAsync("replaced", "2"));
        await UnloadAsync("replaced");
        var unloaded = await IndexAsync("replaced");
        await LoadAsync("replaced");

        Assert.That(brought, Is.EqualTo(("1 READY; 2 READY", 5f, 7f)));
        Assert.That((stored, unloaded, await FactorAsync("replaced", "1")), Is.EqualTo((1f, "1 UNAVAILABLE unloaded", 1f)));
        Assert.That(Directory.EnumerateFileSystemEntries(Models.Path, "*", SearchOption.AllDirectories).Order(), Is.EqualTo(before));
    }

    [Test]
    public async Task Load_FilesThatAreNoModel_KeepsWhatServes()
    {
        await LoadAsync("spoiled", "{}", ("1/model.onnx", ScaleModel.Bytes(5)));
        var error = await FailureAsync(() => LoadAsync("spoiled", "{}", ("1/model.onnx", "no model at all"u8.ToArray())));

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition));
        Assert.That(await IndexAsync("spoiled"), Does.StartWith("1 READY serves its earlier content"));
        Assert.That(await FactorAsync("spoiled", "1"), Is.EqualTo(5));
        ExpectErrorLog("'spoiled'");
    }

    [TestCase("{", "this is not JSON")]
    [TestCase("""{"platform": "pytorch_libtorch"}""", "is not served")]
    public async Task Load_ConfigurationThatCannotBe_IsRefused(string json, string expected)
    {
        var error = await FailureAsync(() => LoadAsync("named", json));

        Assert.That((error.StatusCode, await IndexAsync("named")), Is.EqualTo((StatusCode.InvalidArgument, "1 UNAVAILABLE unloaded")));
        Assert.That(error.Status.Detail, Does.Contain(expected));
    }

    [Test]
    public async Task Load_ConfigurationThatTheArtefactDoesNotFit_IsTheReasonOfTheFailure()
    {
        var error = await FailureAsync(() => LoadAsync("misfit", """{"input": [{"name": "other", "data_type": "TYPE_FP32", "dims": [2]}]}"""));

        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition));
        Assert.That(error.Status.Detail, Does.Contain("'other'"));
        Assert.That(await IndexAsync("misfit"), Does.StartWith("1 UNAVAILABLE").And.Contain("'other'"));
        ExpectErrorLog("'misfit'");
    }

    [TestCase("../../escaped/model.onnx")]
    [TestCase("1/../../escaped.onnx")]
    [TestCase("/tmp/escaped.onnx")]
    public async Task Load_FileThatLeadsElsewhere_IsRefused(string name)
    {
        var error = await FailureAsync(() => LoadAsync("named", "{}", (name, ScaleModel.Bytes(1))));
        Assert.That((error.StatusCode, error.Status.Detail.Contains(name, StringComparison.Ordinal)), Is.EqualTo((StatusCode.InvalidArgument, true)));
    }

    private async Task LoadAsync(string model, string configuration, params (string Name, byte[] Content)[] files)
    {
        var request = new RepositoryModelLoadRequest { ModelName = model, Parameters = { ["config"] = new ModelRepositoryParameter { StringParam = configuration } } };
        foreach (var (name, content) in files)
            request.Parameters.Add($"file:{name}", new ModelRepositoryParameter { BytesParam = ByteString.CopyFrom(content) });
        await Server.Client.RepositoryModelLoadAsync(request);
    }

    private async Task<float> FactorAsync(string model, string version) =>
        (await Server.Client.ModelInferAsync(Requests.For(model, version).Floats("x", [1, 2], 1f, 1f))).Floats("y")[0];

    private async Task RowsAsync(string model, int rows) =>
        await Server.Client.ModelInferAsync(Requests.For(model, "1").Floats("x", [rows, 2], new float[2 * rows]));

    private async Task<int> BatchSizeAsync(string model) =>
        (await Server.Client.ModelConfigAsync(new ModelConfigRequest { Name = model, Version = "1" })).Config.MaxBatchSize;
}
