using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Infra.Storage;

namespace Inference.Infra.Tests.Storage;

/// <summary>A volume that goes away and comes back under a server that runs.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class VolumeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task ListAsync_VolumeAwayLeavesAnEmptyMountPoint_FailsUntilItIsBack()
    {
        _folder.File("mounted/a/1/model.onnx");
        var repository = new LocalModelRepository(_folder.At("mounted"), new ExecutionOptions());
        var before = await repository.ListAsync(CancellationToken.None);
        Directory.Move(_folder.At("mounted"), _folder.At("away"));
        _folder.Folder("mounted");
        var error = (await Assert.ThrowsAsync<InferenceException>(() => repository.ListAsync(CancellationToken.None).AsTask()))!;
        Directory.Delete(_folder.At("mounted"));
        Directory.Move(_folder.At("away"), _folder.At("mounted"));
        var after = await repository.ListAsync(CancellationToken.None);

        Assert.That(error.Code, Is.EqualTo(ErrorCode.LoadFailed));
        Assert.That(error.Message, Does.Contain("a volume that is not mounted"));
        Assert.That(after.Single().Versions.Single().Stamp, Is.EqualTo(before.Single().Versions.Single().Stamp));
    }

    [Test]
    public async Task ListAsync_EverythingDeletedFromTheFolder_HasNothing()
    {
        _folder.File("models/a/1/model.onnx");
        var repository = new LocalModelRepository(_folder.At("models"), new ExecutionOptions());
        await repository.ListAsync(CancellationToken.None);
        Directory.Delete(_folder.At("models/a"), recursive: true);

        Assert.That(await repository.ListAsync(CancellationToken.None), Is.Empty);
    }

    [Test]
    public async Task ListAsync_FolderAway_Fails()
    {
        _folder.File("models/a/1/model.onnx");
        var repository = new LocalModelRepository(_folder.At("models"), new ExecutionOptions());
        await repository.ListAsync(CancellationToken.None);
        Directory.Move(_folder.At("models"), _folder.At("away"));

        var error = (await Assert.ThrowsAsync<InferenceException>(() => repository.ListAsync(CancellationToken.None).AsTask()))!;
        Assert.That(error.Message, Does.Contain("there is no such directory"));
    }

    [Test]
    public async Task ListAsync_FolderOfTheOnlyModelIsEmpty_KeepsWhatServes()
    {
        _folder.File("only/model.onnx");
        var repository = new SingleModelRepository("only", _folder.At("only"), new ExecutionOptions());
        var before = (await repository.ListAsync(CancellationToken.None)).Single();
        File.Delete(_folder.At("only/model.onnx"));
        var after = (await repository.ListAsync(CancellationToken.None)).Single();

        Assert.That((before.IsUnreadable, after.IsUnreadable), Is.EqualTo((false, true)));
        Assert.That(after.Problem, Does.Contain("has no model"));
    }
}
