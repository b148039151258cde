using Inference.Domain.Pipelines;

namespace Inference.Domain.Tests.Pipelines;

internal sealed class ComponentCatalogueTests
{
    [Test]
    public void Names_OfAll_AreSortedWithPassthrough()
    {
        var catalogue = new ComponentCatalogue([new Named("z"), new Named("a")], []);
        Assert.That(catalogue.PreprocessorNames, Is.EqualTo(new[] { "a", "passthrough", "z" }));
        Assert.That(catalogue.PostprocessorNames, Is.EqualTo(new[] { "passthrough" }));
        Assert.That(catalogue.Preprocessor("z", default).Name, Is.EqualTo("z"));
    }

    [Test]
    public void Constructor_NameTwice_IsRefused() =>
        Assert.That(Assert.Throws<ArgumentException>(() => _ = new ComponentCatalogue([new Named("a"), new Named("a")], []))!.Message, Does.StartWith("Two preprocessors are named 'a'"));

    [Test]
    public void Constructor_NameOfPassthrough_IsRefused() => Assert.Throws<ArgumentException>(() => _ = new ComponentCatalogue([new Named("passthrough")], []));

    [Test]
    public void Find_UnknownName_TellsPlaceAndNearest()
    {
        var catalogue = new ComponentCatalogue([], []);
        Assert.That(
            Assert.Throws<ManifestException>(() => catalogue.Postprocessor("passtrough", new SourceLocation("p.yaml", 4)))!.Message,
            Is.EqualTo("p.yaml:4: postprocessor 'passtrough' is not known; known: passthrough. Did you mean 'passthrough'?"));
        Assert.That(Assert.Throws<ManifestException>(() => catalogue.Preprocessor("x", default))!.Message, Does.Contain("preprocessor 'x' is not known"));
    }

    private sealed class Named(string name) : IPreprocessorFactory
    {
        public string Name => name;

        public IPreprocessor Create(ComponentContext context) => throw new InvalidOperationException("no test makes one");
    }
}
