using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Registry;
using Inference.Infra.Storage;

namespace Inference.Infra.Tests.Storage;

internal sealed class SingleModelRepositoryTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [TestCase("model.onnx")]
    [TestCase("resnet50.onnx")]
    public async Task ListAsync_ArtefactInTheFolder_IsVersionOne(string file)
    {
        var model = await List(_folder.File(file).File("README.txt"));

        Assert.Multiple(() =>
        {
            Assert.That((model.Name, model.Problem), Is.EqualTo(("m", string.Empty)));
            Assert.That(model.Versions.Select(v => (v.Version, v.Problem)), Is.EqualTo(new[] { (1L, string.Empty) }));
            Assert.That(model.Versions[0].Folder.File(model.Versions[0].Manifest.ModelFile), Is.EqualTo(_folder.At(file)));
        });
    }

    [Test]
    public async Task ListAsync_ManifestsInTheFolder_AreRead()
    {
        var model = await List(_folder.File("a.onnx").File("b.onnx").File("pipeline.yaml", "model: { file: b.onnx }").File("model.yaml", "routing: { default: latest }"));

        Assert.That(model.Versions.Single().Manifest.ModelFile, Is.EqualTo("b.onnx"));
        Assert.That(model.Manifest.DefaultRoute?.ToString(), Is.EqualTo("latest"));
    }

    [Test]
    public async Task ListAsync_FoldersOfVersions_AreItsVersions()
    {
        var model = await List(_folder.File("1/model.onnx").File("3/model.onnx").File("notes/x"));

        Assert.That(model.Versions.Select(v => (v.Version, v.Problem)), Is.EqualTo(new[] { (1L, string.Empty), (3L, string.Empty) }));
    }

    [Test]
    public async Task ListAsync_SeveralArtefactsAndNoManifest_SaysWhichFileIsMissing()
    {
        var model = await List(_folder.File("a.onnx").File("b.onnx"));

        Assert.That(model.Versions.Single().Problem, Does.Contain("model.onnx").And.Contain("model.file"));
    }

    [Test]
    public async Task ListAsync_RepositoryOfSeveralModels_SaysWhatToLeaveOut()
    {
        var model = await List(_folder.File("digits/1/model.onnx"));

        Assert.That(model.Problem, Does.Contain("Repository:ModelName").And.Contain("1/model.onnx"));
    }

    [Test]
    public async Task ListAsync_BothLayouts_IsRefused()
    {
        var model = await List(_folder.File("model.onnx").File("2/model.onnx"));

        Assert.That((model.Versions.Count, model.Problem), Is.EqualTo((0, model.Problem)));
        Assert.That(model.Problem, Does.Contain("both"));
    }

    [Test]
    public async Task ListAsync_NoSuchFolder_IsToldWithItsKey()
    {
        var repository = new SingleModelRepository("m", _folder.At("nothing"), new ExecutionOptions());

        var error = (await Assert.ThrowsAsync<InferenceException>(async () => await repository.ListAsync(CancellationToken.None)))!;

        Assert.That(error.Message, Does.Contain("Repository:Path").And.Contain("no such directory"));
    }

    private static async Task<StoredModel> List(TempFolder folder) =>
        (await new SingleModelRepository("m", folder.Path, new ExecutionOptions()).ListAsync(CancellationToken.None)).Single();
}
