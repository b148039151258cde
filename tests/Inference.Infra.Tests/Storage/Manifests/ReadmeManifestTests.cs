using Inference.Domain.Execution;
using Inference.Domain.Pipelines;
using Inference.Infra.Storage.Manifests;

namespace Inference.Infra.Tests.Storage.Manifests;

internal sealed class ReadmeManifestTests
{
    // The README says that all of it is the default, but for the lanes and the levels.
    [Test]
    public void Read_ManifestOfReadme_GivesTheDefaults()
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "README.md"));
        var block = text.Split("```yaml\n").Select(b => b.Split("```")[0]).Single(b => b.StartsWith("model:", StringComparison.Ordinal));

        var manifest = PipelineManifestReader.Read(YamlReader.Read(block, "p.yaml"), new ExecutionOptions());

        var defaults = new ExecutionOptions();
        Assert.Multiple(() =>
        {
            Assert.That(manifest.ModelFile, Is.EqualTo(new PipelineManifest().ModelFile));
            Assert.That(manifest.Warmup, Is.EqualTo(new PipelineManifest().Warmup));
            Assert.That(manifest.Execution with { Lanes = 1, Queue = defaults.Queue, Batching = defaults.Batching }, Is.EqualTo(defaults));
            Assert.That(manifest.Execution.Queue with { Levels = [], DefaultPriority = 0 }, Is.EqualTo(defaults.Queue));
            Assert.That(manifest.Execution.Queue.DefaultPriority, Is.EqualTo(defaults.Queue.LevelOf(0)));
            Assert.That(manifest.Execution.Queue.Levels.Single().Level, Is.EqualTo(1));
            Assert.That(manifest.Execution.Batching with { IsAsked = false, PreferredRows = [], Padding = [] }, Is.EqualTo(defaults.Batching));
        });
    }
}
