using Inference.Domain.Execution;
using Inference.Domain.Registry;
using Inference.Infra.Storage;

namespace Inference.Infra.Tests.Storage;

internal sealed class StampTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [TestCase("a/1/model.onnx", "1")]
    [TestCase("a/1/pipeline.yaml", "1")]
    [TestCase("a/1/weights/x.bin", "1")]
    [TestCase("a/config.pbtxt", "1 2 model")]
    [TestCase("a/labels.txt", "1 2")]
    [TestCase("a/warmup/ones", "1 2")]
    [TestCase("a/1/.model.onnx.swp", "")]
    [TestCase("a/1/model.onnx.part", "")]
    public async Task ListAsync_FileWritten_ChangesTheStampsOfWhatItBelongsTo(string file, string expected)
    {
        _folder.File("a/1/model.onnx").File("a/2/model.onnx").File("a/config.pbtxt", "backend: \"onnxruntime\"");
        var before = await List();
        var same = await List();
        _folder.File(file, "something longer than before");
        var after = await List();

        Assert.That(Differences(before, same), Is.Empty);
        Assert.That(Differences(before, after), Is.EqualTo(expected));
    }

    [Test]
    public async Task FetchAsync_FilesChangeAfterTheListing_IsTold()
    {
        _folder.File("a/1/model.onnx");
        var repository = new LocalModelRepository(_folder.Path, new ExecutionOptions());
        var version = (await repository.ListAsync(CancellationToken.None)).Single().Versions.Single();
        await using var fetched = await repository.FetchAsync("a", version, CancellationToken.None);
        var before = fetched.IsUnchanged();
        _folder.File("a/1/model.onnx", "other");

        Assert.That((before, fetched.IsUnchanged()), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task ListAsync_Marker_HidesVersionsWithoutIt()
    {
        _folder.File("a/1/model.onnx").File("a/1/done").File("a/2/model.onnx");
        var repository = new LocalModelRepository(_folder.Path, new ExecutionOptions(), new LocalStorageOptions { CompleteMarker = "done" });
        Assert.That((await repository.ListAsync(CancellationToken.None)).Single().Versions.Select(v => v.Version), Is.EqualTo(new[] { 1L }));
    }

    [Test]
    public async Task ListAsync_LinkIntoALinkRoot_IsFollowed()
    {
        using var outside = new TempFolder();
        outside.File("net/model.onnx");
        Directory.CreateDirectory(_folder.At("a"));
        Directory.CreateSymbolicLink(_folder.At("a/1"), outside.At("net"));
        var repository = new LocalModelRepository(_folder.Path, new ExecutionOptions(), new LocalStorageOptions { LinkRoots = [outside.Path] });
        Assert.That((await repository.ListAsync(CancellationToken.None)).Single().Versions.Single().Problem, Is.Empty);
        Assert.That((await List()).Versions.Single().Problem, Does.Contain("Repository:LinkRoots"));
    }

    private static string Differences(StoredModel before, StoredModel after)
    {
        var versions = before.Versions.Zip(after.Versions).Where(v => v.First.Stamp != v.Second.Stamp).Select(v => $"{v.First.Version}");
        return string.Join(" ", before.Stamp == after.Stamp ? versions : versions.Append("model"));
    }

    private async Task<StoredModel> List() =>
        (await new LocalModelRepository(_folder.Path, new ExecutionOptions()).ListAsync(CancellationToken.None)).Single();
}
