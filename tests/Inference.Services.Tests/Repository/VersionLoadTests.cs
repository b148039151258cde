using Inference.Core.Configuration;
using Inference.Domain;
using Inference.Domain.Registry;
using Inference.Services.Repository;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Repository;

/// <summary>Loads of files that are replaced while they are read.</summary>
internal sealed class VersionLoadTests
{
    private const string Key = "model 'm' version 1";

    [TestCase(0, 1)]
    [TestCase(1, 2)]
    [TestCase(2, 3)]
    public async Task Load_FilesChangeMeanwhile_ServesWhatIsThereAfterwards(int changes, int fetches)
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", 1).OutdatedFetches = changes;
        engine.Executors.ServeEach(Key, FakeExecutor.Doubling);

        await engine.LoadAsync();

        Assert.That(engine.RepositoryService.Index(readyOnly: false), Is.EqualTo(new[] { new IndexEntry("m", "1", PipelineState.Ready, string.Empty) }));
        Assert.That(engine.Repository.Fetches, Is.EqualTo(fetches));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Load_FilesGoOnChanging_FailsAndSaysSo(bool canBeRead)
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", 1).OutdatedFetches = int.MaxValue;
        if (canBeRead)
            engine.Executors.ServeEach(Key, FakeExecutor.Doubling);
        else
            engine.Executors.Fail(Key, new InferenceException(ErrorCode.LoadFailed, "not an ONNX file"));

        await engine.LoadAsync();

        var entry = engine.RepositoryService.Index(readyOnly: false).Single();
        Assert.That(entry.State, Is.EqualTo(PipelineState.Failed));
        Assert.That(entry.Reason, Does.StartWith($"{Key}: its files changed while they were read"));
        Assert.That(engine.Repository.Fetches, Is.EqualTo(3));
    }

    [Test]
    public async Task Load_ModelGoesMeanwhile_FailsAndSaysSo()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", 1).OutdatedFetches = 1;
        await engine.RepositoryService.DiscoverAsync(CancellationToken.None);
        engine.Repository.Change("m", m => m with { Versions = [] });

        await engine.RepositoryService.LoadDiscoveredAsync(CancellationToken.None);

        Assert.That(engine.RepositoryService.Index(readyOnly: false).Single().Reason, Does.Contain("its files changed while they were read"));
        Assert.That(engine.Repository.Fetches, Is.EqualTo(1));
    }

    [Test]
    public async Task Load_ByCallAndFilesChange_IsThatContentOrNone()
    {
        using var engine = new TestEngine(repository: new RepositoryOptions { Mode = "explicit" });
        engine.Repository.Add("m", 1).OutdatedFetches = 1;
        engine.Executors.ServeEach(Key, FakeExecutor.Doubling);
        await engine.LoadAsync();

        var error = await Assert.ThrowsAsync<InferenceException>(() => engine.RepositoryService.LoadAsync("m", CancellationToken.None));

        Assert.That(error!.Message, Does.Contain("its files changed while they were read"));
        Assert.That(engine.Repository.Fetches, Is.EqualTo(1));
    }
}
