using Inference.Domain.Execution;
using Inference.Domain.Registry;
using Inference.Infra.Storage;

namespace Inference.Infra.Tests.Storage.Triton;

[TestFixture]
internal sealed class TritonFolderTests
{
    [Test]
    public async Task List_Configuration_HoldsForEveryVersion()
    {
        using var folder = Folder("max_batch_size: 4").File("m/2/model.onnx");
        var model = await ModelAsync(folder);

        Assert.Multiple(() =>
        {
            Assert.That(model.Problem, Is.Empty);
            Assert.That(model.Versions.Select(v => (v.Version, v.Problem, v.Manifest.Execution.Contract!.MaxRows)), Is.EqualTo(new[] { (1L, string.Empty, 4), (2L, string.Empty, 4) }));
            Assert.That(model.Manifest.DefaultRoute, Is.Not.Null);
        });
    }

    [Test]
    public async Task List_BadConfiguration_IsTheProblemOfEveryVersion()
    {
        using var folder = Folder("max_batch_size: x").File("m/2/model.onnx");
        var model = await ModelAsync(folder);

        Assert.That(model.Versions.Select(v => v.Problem).Append(model.Problem), Is.All.StartWith("m/config.pbtxt:1:17: field 'max_batch_size' is 'x'"));
    }

    [Test]
    public async Task List_ManifestBesideTheConfiguration_IsRefused()
    {
        using var folder = Folder(string.Empty).File("m/model.yaml");
        Assert.That((await ModelAsync(folder)).Versions.Single().Problem, Does.Contain("both config.pbtxt and model.yaml"));
    }

    [Test]
    public async Task List_PipelineManifestInAVersion_IsRefusedForThatVersion()
    {
        using var folder = Folder(string.Empty).File("m/2/model.onnx").File("m/2/pipeline.yaml");
        var model = await ModelAsync(folder);
        Assert.That(model.Versions.Select(v => v.Problem), Is.EqualTo(new[] { string.Empty, "m/2: the folder has pipeline.yaml, but the model has config.pbtxt; keep one of them, so that it is clear which holds." }));
    }

    [Test]
    public async Task List_FileOfAnotherName_IsNamedByTheConfiguration()
    {
        using var folder = Folder("default_model_filename: 'net.onnx'").File("m/2/net.onnx");
        var model = await ModelAsync(folder);
        Assert.That(model.Versions.Select(v => v.Problem), Is.EqualTo(new[] { "m/1: file 'net.onnx' cannot be used: there is no such file in the version's folder. Put the model there, or name it under default_model_filename of config.pbtxt.", string.Empty }));
    }

    [Test]
    public async Task List_FolderInPlaceOfTheFile_IsTheModelWithin()
    {
        using var folder = new TempFolder().File("m/config.pbtxt").File("m/1/model.onnx/model.onnx").File("plain/1/model.onnx/model.onnx");
        var models = await ModelsAsync(folder);
        Assert.That(models.Select(m => (m.Versions.Single().Manifest.ModelFile, m.Versions.Single().Problem)), Is.All.EqualTo(("model.onnx/model.onnx", string.Empty)));
    }

    [Test]
    public async Task List_ConfigurationIsAFolder_IsRefused()
    {
        using var folder = new TempFolder().File("m/1/model.onnx").Folder("m/config.pbtxt");
        Assert.That((await ModelAsync(folder)).Versions.Single().Problem, Does.Contain("m/config.pbtxt: this is a folder"));
    }

    [Test]
    public async Task List_BytesThatAreNoText_AreRefused()
    {
        using var folder = new TempFolder().File("m/1/model.onnx").File("m/config.pbtxt", [0xFF, 0xFE, 0x00]);
        Assert.That((await ModelAsync(folder)).Versions.Single().Problem, Does.Contain("m/config.pbtxt: the file is not UTF-8"));
    }

    private static TempFolder Folder(string config) => new TempFolder().File("m/config.pbtxt", config).File("m/1/model.onnx");

    private static async Task<StoredModel> ModelAsync(TempFolder folder) => (await ModelsAsync(folder)).Single();

    private static async Task<IReadOnlyList<StoredModel>> ModelsAsync(TempFolder folder) =>
        await new LocalModelRepository(folder.Path, new ExecutionOptions()).ListAsync(CancellationToken.None);
}
