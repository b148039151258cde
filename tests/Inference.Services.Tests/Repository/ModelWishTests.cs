using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Services.Repository;

namespace Inference.Services.Tests.Repository;

public sealed class ModelWishTests
{
    [Test]
    public void IsSameAs_EqualContent_IsTrueWhateverObjectHoldsIt() =>
        Assert.That(new ModelWish(Stored("m"), IsWanted: true, 1).IsSameAs(new ModelWish(Stored("m"), IsWanted: true, 1)), Is.True);

    [TestCaseSource(nameof(Others))]
    public void IsSameAs_AnythingDiffers_IsFalse(object other) =>
        Assert.That(((ModelWish)other).IsSameAs(new ModelWish(Stored("m"), IsWanted: true, 1)), Is.False);

    private static IEnumerable<TestCaseData> Others()
    {
        var stored = Stored("m");
        yield return Case("unwanted", new ModelWish(stored, IsWanted: false, 1));
        yield return Case("revision", new ModelWish(stored, IsWanted: true, 2));
        yield return Case("gone", new ModelWish(null, IsWanted: true, 1));
        yield return Case("own files", new ModelWish(Stored("other"), IsWanted: true, 1));
        yield return Case("no stamp", new ModelWish(Stored(string.Empty), IsWanted: true, 1));
        yield return Case("problem", new ModelWish(stored with { Problem = "p" }, IsWanted: true, 1));
        yield return Case("unreadable", new ModelWish(stored with { IsUnreadable = true }, IsWanted: true, 1));
        yield return Case("version's content", new ModelWish(stored with { Versions = [stored.Versions[0] with { Stamp = "other" }] }, IsWanted: true, 1));
        yield return Case("versions", new ModelWish(stored with { Versions = [] }, IsWanted: true, 1));
    }

    private static TestCaseData Case(string name, ModelWish wish) => new TestCaseData(wish).SetArgDisplayNames(name);

    private static StoredModel Stored(string stamp) =>
        new("m", new ModelManifest(), [new StoredVersion(1, new ArtefactFolder("/"), new PipelineManifest()) { Stamp = "v" }]) { Stamp = stamp };
}
