using Inference.Domain.Pipelines;
using Inference.Domain.Registry;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Storage.Manifests;

internal sealed class LoadingManifestTests
{
    [TestCase("", null, false)]
    [TestCase("loading: lazy", true, false)]
    [TestCase("loading: eager\npinned: true", false, true)]
    [TestCase("pinned: false", null, false)]
    public void Read_Loading_IsTaken(string text, bool? isLazy, bool isPinned)
    {
        var manifest = Read(text);

        Assert.That((manifest.IsLazy, manifest.IsPinned), Is.EqualTo((isLazy, isPinned)));
    }

    [TestCase("loading: lasy", "m.yaml:1: 'loading' is 'lasy'; expected eager, lazy. Did you mean 'lazy'?")]
    [TestCase("pinned: maybe", "'pinned' is 'maybe'; expected true or false.")]
    public void Read_Mistake_IsToldWithLineAndRemedy(string text, string expected) =>
        Assert.That(Assert.Throws<ManifestException>(() => Read(text))!.Message, Does.Contain(expected));

    private static ModelManifest Read(string text) => ModelManifestReader.Read(YamlReader.Read(text, "m.yaml"));
}
