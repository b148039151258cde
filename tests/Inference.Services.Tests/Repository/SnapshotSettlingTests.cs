using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Services.Repository;

namespace Inference.Services.Tests.Repository;

public sealed class SnapshotSettlingTests
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);
    private SnapshotSettling _settling = null!;

    [SetUp]
    public void SetUp() => _settling = new SnapshotSettling();

    [Test]
    public void Look_VersionThatGrows_IsLetThroughOnceItStays()
    {
        Look(0, Model("1:a"), old: true);

        Assert.Multiple(() =>
        {
            Assert.That(Look(1, Model("1:a", "2:x")), Is.EqualTo("1:a"));
            Assert.That(Look(2, Model("1:a", "2:y")), Is.EqualTo("1:a"), "it grew");
            Assert.That(Look(2.5, Model("1:a", "2:y")), Is.EqualTo("1:a"), "not long enough");
            Assert.That(_settling.HasPending, Is.True);
            Assert.That(Look(3, Model("1:a", "2:y")), Is.EqualTo("1:a,2:y"));
            Assert.That(_settling.HasPending, Is.False);
        });
    }

    [Test]
    public void Look_VersionThatIsReplaced_StaysUntilTheNewOneHasSettled()
    {
        Look(0, Model("1:a"), old: true);

        Assert.Multiple(() =>
        {
            Assert.That(Look(1, Model()), Is.EqualTo("1:a"), "away while it is copied");
            Assert.That(Look(1.5, Model("1:b")), Is.EqualTo("1:a"));
            Assert.That(Look(2.5, Model("1:b")), Is.EqualTo("1:b"));
        });
    }

    [Test]
    public void Look_ModelThatGoes_GoesOnceItStaysAway()
    {
        Look(0, Model("1:a"), old: true);

        Assert.That(Look(1, null), Is.EqualTo("1:a"));
        Assert.That(Look(2, null), Is.EqualTo("none"));
        Assert.That(_settling.HasPending, Is.False);
    }

    [Test]
    public void Look_NewModel_IsNotThereBeforeAVersionIs()
    {
        Assert.That(Look(0, Model("1:x")), Is.EqualTo("none"));
        Assert.That(Look(1, Model("1:x")), Is.EqualTo("1:x"));
    }

    [Test]
    public void Look_FolderThatCannotBeListed_KeepsItsVersions()
    {
        Look(0, Model("1:a"), old: true);
        var unreadable = Model() with { IsUnreadable = true, Problem = "no permission" };

        Look(1, unreadable);
        Assert.That(Look(3, unreadable), Is.EqualTo("1:a"));
    }

    [Test]
    public void Look_ModelsOwnFileChanges_IsLetThroughOnceItStays()
    {
        Look(0, Model("1:a"), old: true);
        var relabelled = Model("1:a") with { Stamp = "other", Problem = "told" };

        Assert.That(_settling.Look([relabelled], TimeSpan.FromSeconds(1), Settle).Single().Problem, Is.Empty);
        Assert.That(_settling.Look([relabelled], TimeSpan.FromSeconds(2), Settle).Single().Problem, Is.EqualTo("told"));
    }

    private string Look(double seconds, StoredModel? model, bool old = false)
    {
        var settled = _settling.Look(model is null ? [] : [model], TimeSpan.FromSeconds(seconds), Settle, old ? _ => true : null);
        return settled.Count == 0 ? "none" : string.Join(",", settled[0].Versions.Select(v => $"{v.Version}:{v.Stamp}"));
    }

    private static StoredModel Model(params string[] versions) =>
        new("m", new ModelManifest(), [.. versions.Select(v => new StoredVersion(v[0] - '0', new ArtefactFolder("/nowhere"), new PipelineManifest()) { Stamp = v[2..] })]);
}
