using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Infra.Components;
using Inference.Infra.Storage;

namespace Inference.Infra.Tests.Storage;

internal sealed class SampleRepositoryTests
{
    [Test]
    public async Task ListAsync_SampleRepository_HasNoProblemAndKnowsItsComponents()
    {
        var repository = new LocalModelRepository(Path.Combine(AppContext.BaseDirectory, "models"), new ExecutionOptions());
        var catalogue = new ComponentCatalogue(BuiltInComponents.Preprocessors, BuiltInComponents.Postprocessors);
        var models = await repository.ListAsync(CancellationToken.None);
        Assert.That(models.SelectMany(m => m.Versions.Select(v => $"{m.Name}/{v.Version}")), Is.EqualTo(new[]
        {
            "breast-cancer-anomaly/1", "digits/1", "digits/2", "digits-each/1", "gloss-topics/1", "iris/1", "iris-petal-width/1",
        }));
        foreach (var version in models.SelectMany(m => m.Versions))
        {
            Assert.That(version.Problem, Is.Empty);
            Assert.That(catalogue.Preprocessor(version.Manifest.Preprocessor.Name, version.Manifest.Preprocessor.Location), Is.Not.Null);
            Assert.That(catalogue.Postprocessor(version.Manifest.Postprocessor.Name, version.Manifest.Postprocessor.Location), Is.Not.Null);
        }

        Assert.That(models.Select(m => m.Problem), Is.All.Empty);
        Assert.That(models.Single(m => m.Name == "digits").Manifest.Labels["canary"], Is.EqualTo(2));
    }
}
