using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Registry;
using Inference.Infra.Storage;

namespace Inference.Infra.Tests.Storage.Overrides;

/// <summary>Configurations and files that a load by call brings.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class OverrideTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task OverrideAsync_Configuration_TakesThePlaceOfTheStoredOne()
    {
        _folder.File("m/1/model.onnx").File("m/2/model.onnx").File("m/config.pbtxt", "max_batch_size: 4 version_policy { all { } }");
        using var model = await Override("m", """{"max_batch_size": 8, "versionPolicy": {"specific": {"versions": ["1"]}}, "dynamic_batching": {"maxQueueDelayMicroseconds": "100"}}""");
        var pipeline = model!.Stored.Versions[0].Manifest;

        Assert.That(model.Stored.Problem, Is.Empty);
        Assert.That(model.Stored.Manifest.VersionPolicy.ToString(), Is.EqualTo(VersionPolicy.Specific([1]).ToString()));
        Assert.That((pipeline.Execution.Contract!.MaxRows, pipeline.Execution.Batching.MaxDelay), Is.EqualTo((8, TimeSpan.FromMicroseconds(100))));
        Assert.That(model.Stored.Versions[0].Folder.Path, Is.EqualTo(_folder.At("m/1")), "the stored files");
    }

    [Test]
    public async Task OverrideAsync_ConfigurationOverManifests_SaysThatTheyHaveNoEffect()
    {
        _folder.File("m/1/model.onnx").File("m/1/pipeline.yaml", "batching: off").File("m/model.yaml", "version_policy: { latest: 1 }");
        using var model = await Override("m", "{}");

        Assert.That(model!.Stored.Manifest.Notes.Single(n => n.IsWarning).Text, Does.Contain("takes the place of model.yaml and pipeline.yaml"));
        Assert.That(model.Stored.Versions.Single().Problem, Is.Empty);
    }

    [Test]
    public async Task OverrideAsync_Files_AreAllThatTheModelHas()
    {
        _folder.File("m/7/model.onnx");
        var model = await Override("m", """{"version_policy": {"all": {}}}""", ("1/model.onnx", "one"), ("2/model.onnx", "two"), ("2/weights/w.bin", "w"));
        var folders = model!.Stored.Versions.Select(v => v.Folder.Path).ToList();
        var content = await File.ReadAllTextAsync(Path.Combine(folders[1], "weights", "w.bin"));
        model.Dispose();
        model.Dispose();

        Assert.That((string.Join(",", model.Stored.Versions.Select(v => v.Version)), content), Is.EqualTo(("1,2", "w")));
        Assert.That(folders.Any(f => f.StartsWith(_folder.Path, StringComparison.Ordinal)), Is.False, "written into the repository");
        Assert.That(folders.Any(Directory.Exists), Is.False, "left behind");
        Assert.That(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories), Is.EqualTo(new[] { _folder.At("m/7/model.onnx") }));
    }

    [Test]
    public async Task OverrideAsync_ModelThatIsNotStored_NeedsFiles()
    {
        using var withFiles = await Override("new", "{}", ("1/model.onnx", "x"));

        Assert.That(withFiles!.Stored.Name, Is.EqualTo("new"));
        Assert.That(await Override("new", "{}"), Is.Null);
    }

    [TestCase("../1/model.onnx")]
    [TestCase("1/../../model.onnx")]
    [TestCase("1/..")]
    [TestCase("/1/model.onnx")]
    [TestCase("1//model.onnx")]
    [TestCase("1/./model.onnx")]
    [TestCase("1/a\\..\\b")]
    [TestCase("1/a\0b")]
    [TestCase("1/.hidden")]
    [TestCase("1/")]
    [TestCase("1")]
    [TestCase("")]
    [TestCase("config.pbtxt")]
    [TestCase("01/model.onnx")]
    [TestCase("0/model.onnx")]
    public async Task OverrideAsync_NameThatIsNoFileOfAVersion_IsRefused(string name)
    {
        var error = (await Assert.ThrowsAsync<InferenceException>(() => Override("m", "{}", (name, "x"))))!;
        Assert.That(error.Code, Is.EqualTo(ErrorCode.InvalidArgument));
        Assert.That(error.Message, Does.Contain("file:<version>/<path>"));
    }

    [TestCase("..")]
    [TestCase("a/b")]
    [TestCase("a\\b")]
    [TestCase(".hidden")]
    [TestCase("")]
    public async Task OverrideAsync_NameThatIsNoModel_IsRefused(string name)
    {
        var error = (await Assert.ThrowsAsync<InferenceException>(() => Override(name, "{}", ("1/model.onnx", "x"))))!;
        Assert.That(error.Code, Is.EqualTo(ErrorCode.InvalidArgument));
    }

    [Test]
    public async Task OverrideAsync_FileThatWouldBeAFolder_IsRefused()
    {
        var error = (await Assert.ThrowsAsync<InferenceException>(() => Override("m", "{}", ("1/a", "x"), ("1/a/b", "x"))))!;
        Assert.That(error.Message, Does.Contain("'file:1/a'").And.Contain("'file:1/a/b'"));
    }

    [TestCase("", "parameter 'config':1:1: this is not JSON")]
    [TestCase("{", "parameter 'config':1:2: this is not JSON")]
    [TestCase("[]", "parameter 'config':1:1: expected a JSON object")]
    [TestCase("{}{}", "this is not JSON")]
    [TestCase("{\n \"max_batch_size\": \"many\"}", "parameter 'config':2:20: field 'max_batch_size'")]
    [TestCase("{\"max_batch_size\": 1, \"max_batch_size\": 2}", "may stand once")]
    [TestCase("{\"max_batch_size\": 1.5}", "'1.5'")]
    [TestCase("{\"name\": \"other\"}", "'other'")]
    [TestCase("{\"platform\": \"tensorflow_savedmodel\"}", "is not served")]
    [TestCase("{\"name\": \"\\ud83d\"}", "not valid text")]
    public async Task OverrideAsync_ConfigurationThatCannotBe_IsRefused(string json, string expected)
    {
        _folder.File("m/1/model.onnx");
        var error = (await Assert.ThrowsAsync<InferenceException>(() => Override("m", json)))!;
        Assert.That(error.Code, Is.EqualTo(ErrorCode.InvalidArgument));
        Assert.That(error.Message, Does.Contain(expected));
    }

    [Test]
    public async Task OverrideAsync_DeepNesting_IsRefused()
    {
        _folder.File("m/1/model.onnx");
        var error = (await Assert.ThrowsAsync<InferenceException>(() => Override("m", string.Concat(Enumerable.Repeat("{\"parameters\":", 10_000)))))!;
        Assert.That(error.Message, Does.Contain("this is not JSON"));
    }

    [Test]
    public async Task OverrideAsync_MapsAndWords_MeanWhatTheTextFormSays()
    {
        _folder.File("m/1/model.onnx").File("t/1/model.onnx").File("t/config.pbtxt", """
            max_batch_size: 4
            input { name: "x" data_type: TYPE_FP32 dims: [ 2, -1 ] }
            instance_group { count: 2 kind: KIND_CPU }
            parameters { key: "intra_op_thread_count" value { string_value: "1" } }
            """);
        using var json = await Override("m", """
            {"max_batch_size": 4.0, "input": [{"name": "x", "data_type": "TYPE_FP32", "dims": ["2", -1], "reshape": null}],
             "instance_group": {"count": 2, "kind": "KIND_CPU"},
             "parameters": {"intra_op_thread_count": {"string_value": "1"}}}
            """);
        var text = (await new LocalModelRepository(_folder.Path, new ExecutionOptions()).FindAsync("t", CancellationToken.None))!;

        Assert.That(json!.Stored.Versions.Single().Problem, Is.Empty);
        var (fromJson, fromText) = (json.Stored.Versions.Single().Manifest.Execution, text.Versions.Single().Manifest.Execution);
        Assert.That((fromJson.Lanes, fromJson.Contract!.MaxRows), Is.EqualTo((fromText.Lanes, fromText.Contract!.MaxRows)));
        var (input, expected) = (fromJson.Contract.Inputs[0], fromText.Contract.Inputs[0]);
        Assert.That((input.Name, input.Type, string.Join(",", input.Dimensions!.Value)), Is.EqualTo((expected.Name, expected.Type, string.Join(",", expected.Dimensions!.Value))));
    }

    private async Task<OverriddenModel?> Override(string name, string json, params (string Name, string Content)[] files)
    {
        var repository = new LocalModelRepository(_folder.Path, new ExecutionOptions());
        var content = files.ToDictionary(f => f.Name, f => (ReadOnlyMemory<byte>)System.Text.Encoding.UTF8.GetBytes(f.Content));
        return await repository.OverrideAsync(name, new ModelOverride(json, content), CancellationToken.None);
    }
}
