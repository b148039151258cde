using System.Collections.Frozen;
using Inference.Domain;
using Inference.Domain.Models;
using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Domain.Tensors;
using Inference.Services.Pipelines;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Pipelines;

public sealed class PipelineLoaderTests
{
    private static readonly PipelineKey Key = new("m", 1);
    private static readonly TensorSpec X = new("x", TensorType.Float32, [-1, 2]);
    private static readonly TensorSpec Y = new("y", TensorType.Float32, [-1, 2]);

    [Test]
    public async Task Load_NoManifest_PassesTheModelThrough()
    {
        using var repository = new FakeRepository();
        var executors = new FakeExecutorFactory();

        await using var pipeline = await Loader(executors).LoadAsync(Key, repository.Version(1));

        Assert.Multiple(() =>
        {
            Assert.That(pipeline.Inputs, Is.EqualTo(FakeExecutorFactory.DoublingSpec.Inputs));
            Assert.That(pipeline.Outputs, Is.EqualTo(FakeExecutorFactory.DoublingSpec.Outputs));
            Assert.That(executors.Loads.Single().Label, Is.EqualTo("model 'm' version 1"));
            Assert.That(executors.Loads.Single().Path, Is.EqualTo(Path.Combine(repository.Folder.Path, "model.onnx")));
        });
    }

    [Test]
    public async Task Load_FittingComponents_HaveTheOutsideContract()
    {
        using var repository = new FakeRepository();
        var wider = new FakePreprocessor("pre", X with { Dimensions = [4, -1] });
        var narrower = new FakePostprocessor("post", Y);

        await using var pipeline = await Loader(new FakeExecutorFactory(), wider, narrower).LoadAsync(Key, repository.Version(1, Manifest("pre", "post")));

        Assert.That((pipeline.Inputs[0].Describe(), pipeline.Outputs[0].Name), Is.EqualTo(("FP32[4,-1]", "y")));
    }

    // Of no bytes, which is what the artefact is.
    private const string EmptySum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Test]
    public async Task Load_ChecksumIsTheFiles_Loads()
    {
        using var repository = new FakeRepository();
        await using var pipeline = await Loader(new FakeExecutorFactory()).LoadAsync(Key, repository.Version(1, Summed("model.onnx", EmptySum)));
        Assert.That(pipeline.Key, Is.EqualTo(Key));
    }

    [TestCase("model.onnx", "file 'model.onnx' has the SHA-256 " + EmptySum + ", but 00")]
    [TestCase("weights.bin", "file 'weights.bin' cannot be used: there is no such file")]
    [TestCase("../model.onnx", "file '../model.onnx' cannot be used: it lies outside")]
    public async Task Load_ChecksumIsNotTheFiles_OpensNothing(string file, string expected)
    {
        using var repository = new FakeRepository();
        var executors = new FakeExecutorFactory();

        var error = (await Assert.ThrowsAsync<InferenceException>(async () => await Loader(executors).LoadAsync(Key, repository.Version(1, Summed(file, new string('0', 64))))))!;

        Assert.That(error.Code, Is.EqualTo(ErrorCode.LoadFailed));
        Assert.That(error.Message, Does.StartWith(expected));
        Assert.That(executors.Loads, Is.Empty);
    }

    private static PipelineManifest Summed(string file, string sum) =>
        new() { Sha256 = new Dictionary<string, string> { [file] = sum }.ToFrozenDictionary() };

    private static IEnumerable<TestCaseData> Misfits()
    {
        yield return Case("TypeDiffers", [X with { Type = TensorType.Int64 }], [], "feeds 'x' INT64[-1,2], but the model has FP32[-1,2]");
        yield return Case("RankDiffers", [X with { Dimensions = [-1] }], [], "feeds 'x' FP32[-1], but the model has FP32[-1,2]");
        yield return Case("SizeDiffers", [X with { Dimensions = [-1, 3] }], [], "feeds 'x' FP32[-1,3]");
        yield return Case("UnknownName", [X, X with { Name = "z" }], [], "feeds 'z' FP32[-1,2], but the model has 'x' FP32[-1,2]");
        yield return Case("InputNotFed", [], [], "does not feed the model's input 'x' FP32[-1,2]");
        yield return Case("OutputMissing", [X], [Y with { Name = "w" }], "needs 'w' FP32[-1,2], but the model has 'y' FP32[-1,2]");
        yield return Case("OutputDiffers", [X], [Y with { Type = TensorType.Bytes }], "needs 'y' BYTES[-1,2]");
    }

    [TestCaseSource(nameof(Misfits))]
    public async Task Load_ComponentDoesNotFit_NamesFileAndTensorAndFreesTheArtefact(TensorSpec[] fed, TensorSpec[] needed, string expected)
    {
        using var repository = new FakeRepository();
        var executor = FakeExecutor.Doubling();
        var executors = new FakeExecutorFactory();
        executors.Serve("model 'm' version 1", executor);
        var loader = Loader(executors, new FakePreprocessor("pre", fed), new FakePostprocessor("post", needed));

        var error = await Assert.ThrowsAsync<InferenceException>(() => loader.LoadAsync(Key, repository.Version(1, Manifest("pre", "post"))));

        Assert.Multiple(() =>
        {
            Assert.That(error!.Code, Is.EqualTo(ErrorCode.LoadFailed));
            Assert.That(error.Message, Does.StartWith("pipeline.yaml:7: component '").And.Contain(expected));
            Assert.That(executor.Disposals, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Load_UnknownComponent_NamesTheNearestBeforeTheArtefactIsOpened()
    {
        using var repository = new FakeRepository();
        var executors = new FakeExecutorFactory();

        var error = await Assert.ThrowsAsync<ManifestException>(() => Loader(executors).LoadAsync(Key, repository.Version(1, Manifest("passthru", "passthrough"))));

        Assert.Multiple(() =>
        {
            Assert.That(error!.Message, Does.Contain("preprocessor 'passthru' is not known"));
            Assert.That(executors.Loads, Is.Empty);
        });
    }

    [Test]
    public async Task Load_UnknownOption_IsAnErrorAndFreesTheArtefact()
    {
        using var repository = new FakeRepository();
        var executor = FakeExecutor.Doubling();
        var executors = new FakeExecutorFactory();
        executors.Serve("model 'm' version 1", executor);
        var at = new SourceLocation("pipeline.yaml", 8);
        var options = OptionNode.Section([KeyValuePair.Create("k", OptionNode.Scalar("1", at))], at);
        var manifest = Manifest("passthrough", "passthrough");
        manifest = manifest with { Postprocessor = manifest.Postprocessor with { Options = options } };

        var error = await Assert.ThrowsAsync<ManifestException>(() => Loader(executors).LoadAsync(Key, repository.Version(1, manifest)));

        Assert.Multiple(() =>
        {
            Assert.That(error!.Message, Does.Contain("pipeline.yaml:8: key 'k' is not known"));
            Assert.That(executor.Disposals, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task Load_ArtefactMissing_NamesTheFile()
    {
        using var repository = new FakeRepository();
        var manifest = new PipelineManifest { ModelFile = "other.onnx" };

        var error = await Assert.ThrowsAsync<InferenceException>(() => Loader(new FakeExecutorFactory()).LoadAsync(Key, repository.Version(1, manifest)));

        Assert.That(error!.Message, Does.Contain("other.onnx"));
    }

    private static TestCaseData Case(string name, TensorSpec[] fed, TensorSpec[] needed, string expected) =>
        new TestCaseData(fed, needed, expected).SetName($"Load_{name}_IsRefusedAndFreesTheArtefact");

    private static PipelineLoader Loader(FakeExecutorFactory executors, FakePreprocessor? pre = null, FakePostprocessor? post = null) =>
        new(executors, new ComponentCatalogue(pre is null ? [] : [pre], post is null ? [] : [post]), TimeProvider.System);

    private static PipelineManifest Manifest(string pre, string post) => new() { Preprocessor = Component(pre), Postprocessor = Component(post) };

    private static ComponentManifest Component(string name)
    {
        var at = new SourceLocation("pipeline.yaml", 7);
        return new ComponentManifest(name, OptionNode.Section([], at), at);
    }
}
