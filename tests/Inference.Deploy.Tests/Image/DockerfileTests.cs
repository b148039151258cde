namespace Inference.Deploy.Tests.Image;

/// <summary>What can be seen of the Dockerfile without a build.</summary>
internal sealed class DockerfileTests
{
    private static readonly string Text = File.ReadAllText(DeployFolder.At("Dockerfile"));

    [TestCase("cpu", "aspnet")]
    [TestCase("cuda", "nvidia/cuda")]
    public void Stages_OfEachFlavour_LeadToItsBaseImage(string flavour, string image)
    {
        var stages = new Dockerfile(Text, new Dictionary<string, string> { ["FLAVOR"] = flavour }).Stages;
        var stage = stages[^1];
        while (stages.SingleOrDefault(s => s.Name == stage.Base) is { } other)
            stage = other;

        Assert.That(stage.Base, Does.Contain(image));
    }

    [Test]
    public void Copies_OfProjects_NameEveryProjectThatTheServerIsMadeOf()
    {
        // A project that is not copied before the restore would be missing there.
        var build = new Dockerfile(Text, new Dictionary<string, string>()).Stages[0];
        var copied = build.Instructions.Where(i => i.Name == "COPY").SelectMany(i => Dockerfile.Words(i.Rest)[..^1]).Where(s => s.EndsWith("*.csproj", StringComparison.Ordinal)).Select(s => Path.GetDirectoryName(s)!);
        var projects = Directory.EnumerateDirectories(Path.Combine(DeployFolder.Root, "src")).Where(d => Directory.EnumerateFiles(d, "*.csproj").Any()).Select(d => $"src/{Path.GetFileName(d)}");

        Assert.That(copied, Is.EquivalentTo(projects));
    }

    [Test]
    public void Commands_OfTheImage_NeedNoShell()
    {
        var final = new Dockerfile(Text, new Dictionary<string, string>()).Stages[^1];

        Assert.Multiple(() =>
        {
            Assert.That(final.Instructions.Where(i => i.Name is "RUN" or "SHELL"), Is.Empty);
            foreach (var name in new[] { "ENTRYPOINT", "CMD", "HEALTHCHECK" })
                Assert.That(final.Instructions.Single(i => i.Name == name).Exec, Is.Not.Empty);
            Assert.That(final.Instructions.Single(i => i.Name == "USER").Rest, Does.Match("^[1-9][0-9]*:[1-9][0-9]*$"));
        });
    }
}
