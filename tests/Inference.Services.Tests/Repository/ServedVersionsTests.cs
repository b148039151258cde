using Inference.Domain.Registry;
using Inference.Services.Repository;
using Inference.Services.Tests.Fakes;

namespace Inference.Services.Tests.Repository;

public sealed class ServedVersionsTests
{
    private static IEnumerable<TestCaseData> Policies()
    {
        yield return new TestCaseData(VersionPolicy.All, "1, 2, 10", Array.Empty<string>());
        yield return new TestCaseData(VersionPolicy.Latest(1), "10", new[] { "not served, since version_policy is latest: 1: versions 1, 2" });
        yield return new TestCaseData(VersionPolicy.Latest(2), "2, 10", new[] { "not served, since version_policy is latest: 2: version 1" });
        yield return new TestCaseData(VersionPolicy.Latest(3), "1, 2, 10", Array.Empty<string>());
        yield return new TestCaseData(
            VersionPolicy.Specific([2, 3]),
            "2",
            new[] { "not served, since version_policy is specific: [2, 3]: versions 1, 10", "warning: version_policy names version 3, which the model's folder does not have" });
    }

    [TestCaseSource(nameof(Policies))]
    public void Of_Policy_KeepsWhatIsServedAndTellsWhatIsNot(VersionPolicy policy, string served, string[] notes)
    {
        using var repository = new FakeRepository();
        var model = ServedVersions.Of(Stored(repository, policy));

        Assert.Multiple(() =>
        {
            Assert.That(string.Join(", ", model.Versions.Select(v => v.Version)), Is.EqualTo(served));
            Assert.That(model.Manifest.Notes.Select(n => n.IsWarning ? $"warning: {n.Text}" : n.Text), Is.EqualTo(notes));
            Assert.That(model.Problem, Is.Empty);
        });
    }

    [Test]
    public async Task Load_PolicyOfVersionsThatAreNotThere_IsTheModelsProblem()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", [engine.Repository.Version(1)], policy: VersionPolicy.Specific([7]));

        await engine.LoadAsync();

        Assert.That(
            engine.RepositoryService.Index(readyOnly: false),
            Is.EqualTo(new[] { new IndexEntry("m", string.Empty, PipelineState.Failed, "version_policy is specific: [7], and the model's folder has version 1 alone; add a version that the policy names, or change the policy.") }));
        Assert.That(engine.Executors.Loads, Is.Empty);
    }

    [Test]
    public async Task Load_VersionsThatAreNotServed_AreNotOpened()
    {
        using var engine = new TestEngine();
        engine.Repository.Add("m", [.. new long[] { 1, 2, 10 }.Select(v => engine.Repository.Version(v))], policy: VersionPolicy.Latest(1));

        await engine.LoadAsync();

        Assert.That(engine.Executors.Loads.Select(l => l.Label), Is.EqualTo(new[] { "model 'm' version 10" }));
        Assert.That(engine.RepositoryService.Index(readyOnly: false).Select(e => e.Version), Is.EqualTo(new[] { "10" }));
    }

    private static StoredModel Stored(FakeRepository repository, VersionPolicy policy) =>
        new("m", new ModelManifest { VersionPolicy = policy }, [.. new long[] { 1, 2, 10 }.Select(v => repository.Version(v))]);
}
