using Inference.Domain.Execution;
using Inference.Domain.Registry;
using Inference.Infra.Storage;

namespace Inference.Infra.Tests.Storage;

/// <summary>What is parsed again, seen by whether a listing gives the same objects, and that nothing is missed.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ModelCacheTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly LocalModelRepository _repository;

    public ModelCacheTests()
    {
        _folder.File("a/1/model.onnx").File("a/1/pipeline.yaml", "batching: off").File("a/model.yaml", "routing: { default: latest }").File("b/1/model.onnx");
        _repository = new LocalModelRepository(_folder.Path, new ExecutionOptions(), new LocalStorageOptions { CompleteMarker = string.Empty });
    }

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task ListAsync_NothingChanged_ParsesNothingAgain()
    {
        var (before, after) = (await ListAsync(), await ListAsync());
        Assert.That(after.Zip(before).All(p => ReferenceEquals(p.First, p.Second)), Is.True);
    }

    [TestCase("a/1/pipeline.yaml", "batching: false")]
    [TestCase("a/model.yaml", "version_policy: { latest: 1 }")]
    [TestCase("a/2/model.onnx", "")]
    [TestCase("a/1/weights/w.bin", "x")]
    [TestCase("a/.hidden", "x")]
    [TestCase("a/config.pbtxt", "max_batch_size: 8")]
    public async Task ListAsync_FileWritten_ReadsThatModelAlone(string file, string content)
    {
        var before = await ListAsync();
        _folder.File(file, content);
        var after = await ListAsync();

        Assert.That((ReferenceEquals(before[0], after[0]), ReferenceEquals(before[1], after[1])), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task ListAsync_EmptyFolderOfAVersion_IsSeen()
    {
        await ListAsync();
        _folder.Folder("a/2");
        var added = (await ListAsync())[0].Versions.Count;
        Directory.Delete(_folder.At("a/2"));

        Assert.That((added, (await ListAsync())[0].Versions.Count), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task ListAsync_HiddenMarker_IsSeen()
    {
        var repository = new LocalModelRepository(_folder.Path, new ExecutionOptions(), new LocalStorageOptions { CompleteMarker = ".complete" });
        var before = (await repository.ListAsync(CancellationToken.None))[0].Versions.Count;
        _folder.File("a/1/.complete");

        Assert.That((before, (await repository.ListAsync(CancellationToken.None))[0].Versions.Count), Is.EqualTo((0, 1)));
    }

    [Test]
    public async Task ListAsync_LinkToAFolderThatChanges_IsReadEveryTime()
    {
        _folder.File("store/v1/model.onnx").Link("a/3", "../store/v1");
        var before = (await ListAsync())[0].Versions.Single(v => v.Version == 3).Stamp;
        _folder.File("store/v1/model.onnx", "more than before");

        Assert.That((await ListAsync())[0].Versions.Single(v => v.Version == 3).Stamp, Is.Not.EqualTo(before));
    }

    [Test]
    public async Task ListAsync_ModelDeletedAndPutBack_IsListed()
    {
        await ListAsync();
        Directory.Move(_folder.At("b"), _folder.At(".b"));
        var without = (await ListAsync()).Count;
        Directory.Move(_folder.At(".b"), _folder.At("b"));

        Assert.That((without, (await ListAsync()).Count), Is.EqualTo((1, 2)));
    }

    private async Task<IReadOnlyList<StoredModel>> ListAsync() => await _repository.ListAsync(CancellationToken.None);
}
