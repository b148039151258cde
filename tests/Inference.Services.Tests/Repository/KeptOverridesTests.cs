using Inference.Domain.Registry;
using Inference.Services.Repository;

namespace Inference.Services.Tests.Repository;

public sealed class KeptOverridesTests
{
    [Test]
    public void Supersede_LaterLoadOfTheModel_DeletesTheFilesOfThoseBeforeIt()
    {
        using var kept = new KeptOverrides();
        var (first, second, other) = (new Files(), new Files(), new Files());
        kept.Keep("m", 1, Model(first));
        kept.Keep("m", 2, Model(second));
        kept.Keep("n", 1, Model(other));

        kept.Supersede("m", 2);

        Assert.That((first.Deletions, second.Deletions, other.Deletions), Is.EqualTo((1, 0, 0)));
    }

    [Test]
    public void Drop_LoadOfWhichNothingServes_DeletesItsFilesAlone()
    {
        using var kept = new KeptOverrides();
        var (first, second) = (new Files(), new Files());
        kept.Keep("m", 1, Model(first));
        kept.Keep("m", 2, Model(second));

        kept.Drop("m", 2);
        kept.Drop("m", 2);

        Assert.That((first.Deletions, second.Deletions), Is.EqualTo((0, 1)));
    }

    [Test]
    public void Dispose_Always_DeletesEverything()
    {
        var files = new Files();
        using (var kept = new KeptOverrides())
            kept.Keep("m", 1, Model(files));

        Assert.That(files.Deletions, Is.EqualTo(1));
    }

    private static OverriddenModel Model(Files files) => new(new StoredModel("m", new ModelManifest(), []), files);

    private sealed class Files : IDisposable
    {
        public int Deletions { get; private set; }

        public void Dispose() => Deletions++;
    }
}
