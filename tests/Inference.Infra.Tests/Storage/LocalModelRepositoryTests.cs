using System.Diagnostics;
using Inference.Domain;
using Inference.Domain.Execution;
using Inference.Domain.Registry;
using Inference.Infra.Storage;

namespace Inference.Infra.Tests.Storage;

internal sealed class LocalModelRepositoryTests
{
    private TempFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new TempFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public async Task ListAsync_ModelsWithVersions_AreListedInOrder()
    {
        _folder.File("b/10/model.onnx").File("b/2/model.onnx").File("a/1/net.onnx").File("a/1/pipeline.yaml", "model: { file: net.onnx }").File("b/model.yaml", "routing: { default: latest }");
        var models = await List();
        Assert.That(models.Select(m => $"{m.Name}: {string.Join(' ', m.Versions.Select(v => v.Version))}"), Is.EqualTo(new[] { "a: 1", "b: 2 10" }));
        Assert.That(Problems(models), Is.Empty);
        Assert.That(models[0].Versions[0].Folder.File(models[0].Versions[0].Manifest.ModelFile), Is.EqualTo(_folder.At("a/1/net.onnx")));
        Assert.That(models[1].Manifest.DefaultRoute?.ToString(), Is.EqualTo("latest"));
    }

    [Test]
    public async Task ListAsync_WithoutManifests_GivesTheServersDefaults()
    {
        _folder.File("a/1/model.onnx");
        var model = (await List()).Single();
        Assert.That(model.Manifest.DefaultRoute, Is.Null);
        Assert.That(model.Versions[0].Manifest.Execution.Lanes, Is.EqualTo(7));
        Assert.That(model.Versions[0].Manifest.Preprocessor.Name, Is.EqualTo("passthrough"));
        Assert.That(model.Versions[0].Manifest.Preprocessor.Location.ToString(), Is.EqualTo("a/1/pipeline.yaml"));
    }

    [Test]
    public async Task ListAsync_FilesAndHiddenFolders_ArePassedOver()
    {
        _folder.File("README.md").File(".git/1/model.onnx").Folder("lost+found").File("a/notes.txt").File("a/.cache/x").File("a/old/model.onnx").File("a/1/model.onnx");
        var models = await List();
        Assert.That(models.Single().Versions.Single().Version, Is.EqualTo(1));
        Assert.That(Problems(models), Is.Empty);
    }

    [Test]
    public async Task ListAsync_PipelineManifestBesideTheVersions_SaysWhereItBelongs()
    {
        _folder.File("a/1/model.onnx").File("a/2/model.onnx").File("a/pipeline.yaml", "batching: off");
        var model = (await List()).Single();
        Assert.That(model.Problem, Is.EqualTo("a/pipeline.yaml is not read: it belongs to a version, so move it to a/2/pipeline.yaml."));
        Assert.That(model.Versions.Select(v => v.Problem), Is.All.Empty, "they serve as they are");
    }

    [TestCase("01")]
    [TestCase("0")]
    [TestCase("-1")]
    [TestCase("+1")]
    [TestCase("v1")]
    [TestCase("1.0")]
    [TestCase("99999999999999999999")]
    public async Task ListAsync_NoFolderIsAVersion_SaysWhatWasFoundAndWhatIsExpected(string version)
    {
        _folder.File($"a/{version}/model.onnx");
        var model = (await List()).Single();
        Assert.That(model.Versions, Is.Empty);
        Assert.That(model.Problem, Does.Contain($"found folders: '{version}'").And.Contain("such as 'a/1'"));
    }

    [Test]
    public async Task ListAsync_EmptyModelFolder_SaysSo()
    {
        _folder.Folder("a");
        Assert.That((await List()).Single().Problem, Does.StartWith("model 'a' has no version; found folders: none."));
    }

    [Test]
    public async Task ListAsync_NoModelFile_IsThatVersionsProblem()
    {
        _folder.Folder("a/1").File("a/2/model.onnx").File("a/3/pipeline.yaml", "model: { file: ../2/model.onnx }");
        var model = (await List()).Single();
        Assert.That(model.Versions[0].Problem, Is.EqualTo("a/1: file 'model.onnx' cannot be used: there is no such file in the version's folder. Put the model there, or name it under model.file in pipeline.yaml."));
        Assert.That(model.Versions[1].Problem, Is.Empty);
        Assert.That(model.Versions[2].Problem, Does.Contain("it lies outside the version's folder"));
    }

    [Test]
    public async Task ListAsync_OneBrokenManifest_HidesNothingElse()
    {
        _folder.File("a/1/model.onnx").File("a/1/pipeline.yaml", "modell: {}\nwarmup: { runs: x }").File("a/2/model.onnx").File("b/1/model.onnx");
        var models = await List();
        Assert.That(Problems(models), Is.EqualTo(new[]
        {
            "a/1/pipeline.yaml:2: 'runs' is 'x'; expected a whole number from 0 to 1000. a/1/pipeline.yaml:1: key 'modell' is not known; known here: model, preprocessor, postprocessor, execution, queue, batching, warmup. Did you mean 'model'?",
        }));
    }

    [Test]
    public async Task ListAsync_BrokenModelManifest_FailsItsVersionsSinceItsRoutesAreNotKnown()
    {
        _folder.File("a/1/model.onnx").File("a/model.yaml", "labels: { latest: 1 }").File("b/1/model.onnx");
        var models = await List();
        Assert.That(models[0].Problem, Does.StartWith("a/model.yaml:1: 'labels' has 'latest'"));
        Assert.That(models[0].Versions.Single().Problem, Is.EqualTo(models[0].Problem));
        Assert.That(models[1].Versions.Single().Problem, Is.Empty);
    }

    [Test]
    public async Task ListAsync_RoutesToVersionsThatAreNotThere_AreToldButVersionsServe()
    {
        _folder.File("a/1/model.onnx").File("a/model.yaml", "routing: { default: canary }\nlabels: { stable: 1, old: 7 }");
        var model = (await List()).Single();
        Assert.That(model.Problem, Is.EqualTo(
            "a/model.yaml: label 'old' stands for version 7, which is not in the folder; available versions: 1. a/model.yaml: the default route leads to label 'canary', which is not set; labels: 'old', 'stable'."));
        Assert.That(model.Versions.Single().Problem, Is.Empty);
        Assert.That(model.Manifest.Labels, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task ListAsync_RouteToAVersionThatThePolicyDoesNotServe_IsTold()
    {
        _folder.File("a/1/model.onnx").File("a/2/model.onnx").File("a/model.yaml", "version_policy: { latest: 1 }\nlabels: { new: 2, old: 1 }");
        Assert.That((await List()).Single().Problem, Is.EqualTo(
            "a/model.yaml: label 'old' stands for version 1, which is not served (version_policy latest: 1); available versions: 2."));
    }

    [Test]
    public async Task ListAsync_ChecksumOfAFolderModel_IsItsArtefacts()
    {
        var sum = new string('a', 64);
        _folder.File("a/1/model.onnx/model.onnx").File("a/1/pipeline.yaml", $"model: {{ sha256: {sum} }}");
        Assert.That((await List()).Single().Versions.Single().Manifest.Sha256, Is.EqualTo(new Dictionary<string, string> { ["model.onnx/model.onnx"] = sum }));
    }

    [Test]
    public async Task ListAsync_VeryManyRoutesToNowhere_AreToldBounded()
    {
        _folder.File("a/1/model.onnx").File("a/model.yaml", "labels:\n" + string.Concat(Enumerable.Range(0, 30_000).Select(i => $"  l{i}: 7\n")));
        Assert.That((await List()).Single().Problem, Does.EndWith(" And 29980 more.").And.Length.LessThan(10_000));
    }

    // Problems are told to clients, whom the server's paths do not concern.
    [Test]
    public async Task ListAsync_FilesThatCannotBeRead_AreToldWithoutPaths()
    {
        if (OperatingSystem.IsWindows() || Environment.UserName == "root")
        {
            Assert.Ignore("permissions of this kind hold for users of Unix other than root.");
            return;
        }

        _folder.File("a/1/model.onnx").File("a/1/pipeline.yaml").File("b/1/model.onnx").File("c/1/model.onnx").File("c/2/model.onnx");
        const UnixFileMode all = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        File.SetUnixFileMode(_folder.At("a/1/pipeline.yaml"), UnixFileMode.None);
        File.SetUnixFileMode(_folder.At("b"), UnixFileMode.None);
        try
        {
            var problems = Problems(await List());
            Assert.That(problems, Has.Some.StartsWith("a/1/pipeline.yaml: the file cannot be read: the server has no permission"));
            Assert.That(problems, Has.Some.StartsWith("model 'b': the folder cannot be read: the server has no permission"));
            Assert.That(problems, Has.None.Contains(_folder.Path));
        }
        finally
        {
            File.SetUnixFileMode(_folder.At("b"), all);
        }
    }

    [Test]
    public async Task ListAsync_LinksInACircleOrToNothing_AreToldWithoutPaths()
    {
        _folder.Link("round", "round").File("a/1/model.onnx").Folder("b/1").Link("b/1/model.onnx", "model.onnx").File("c/1/model.onnx").Link("c/1/pipeline.yaml", "pipeline.yaml").File("c/2/model.onnx").Link("c/2/pipeline.yaml", "gone.yaml");
        var problems = Problems(await List());
        Assert.That(problems, Has.None.Contains(_folder.Path));
        Assert.That(problems, Has.Some.StartsWith("'round' is a link that cannot be followed: the file system gave an error"));
        Assert.That(problems, Has.Some.StartsWith("c/1/pipeline.yaml: the file cannot be read: the file system gave an error"));
        Assert.That(problems, Has.Some.StartsWith("c/2/pipeline.yaml: the file cannot be read: it is not there any more, or is a link to nothing"));
    }

    [Test]
    public async Task ListAsync_ManifestUnderAnotherEnding_IsToldRatherThanPassedOver()
    {
        _folder.File("a/1/model.onnx").File("a/1/pipeline.yml", "");
        Assert.That(Problems(await List()).Single(), Is.EqualTo("a/1/pipeline.yml: manifests are named pipeline.yaml; rename the file."));
    }

    [Test]
    public async Task ListAsync_LinksWithinTheRepository_AreFollowed()
    {
        _folder.File("..2024/a/1/model.onnx").Link("..data", "..2024").Link("a", "..data/a").File("b/versions/x/model.onnx").Link("b/3", "versions/x");
        var models = await List();
        Assert.That(models.Select(m => $"{m.Name}/{m.Versions.Single().Version}"), Is.EqualTo(new[] { "a/1", "b/3" }));
        Assert.That(Problems(models), Is.Empty);
    }

    [Test]
    public async Task ListAsync_RepositoryBehindALink_IsListed()
    {
        using var outer = new TempFolder();
        _folder.File("a/1/model.onnx");
        outer.Link("models", _folder.Path);
        var models = await new LocalModelRepository(outer.At("models"), new ExecutionOptions()).ListAsync(CancellationToken.None);
        Assert.That(Problems(models), Is.Empty);
        Assert.That(models.Single().Versions, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task ListAsync_LinksOutOfTheRepositoryOrToNothing_AreProblems()
    {
        using var outside = new TempFolder().File("1/model.onnx").File("pipeline.yaml", "");
        _folder.Link("away", outside.Path).Link("nowhere", "gone").Link("round", "round").File("a/1/model.onnx").Link("a/2", outside.At("1"))
            .File("b/1/model.onnx").Link("b/1/pipeline.yaml", outside.At("pipeline.yaml")).Folder("c/1").Link("c/1/model.onnx", outside.At("1/model.onnx"));
        var models = await List();
        var problems = Problems(models);
        Assert.That(problems, Has.Some.StartsWith("'away' is a link that leads out of the repository"));
        Assert.That(problems, Has.Some.StartsWith("'nowhere' is a link to something that is not there"));
        Assert.That(problems, Has.Some.StartsWith("'round' is a link"));
        Assert.That(problems, Has.Some.StartsWith("a/2: '2' is a link that leads out of the repository"));
        Assert.That(problems, Has.Some.StartsWith("b/1/pipeline.yaml: the file is a link that leads out of the repository"));
        Assert.That(problems, Has.Some.Contains("it is a link that leads out of the version's folder"));
        Assert.That(models.Single(m => m.Name == "a").Versions[0].Problem, Is.Empty);
    }

    [Test]
    public async Task ListAsync_NameWithControlCharacters_IsRefusedByItself()
    {
        _folder.File("a\nb/1/model.onnx").File("c/1/model.onnx");
        var models = await List();
        Assert.That(models[0].Problem, Does.StartWith("folder 'a?b' cannot be a model"));
        Assert.That(models[0].Versions, Is.Empty);
        Assert.That(models[1].Problem, Is.Empty);
    }

    [Test]
    public async Task ListAsync_ChangedRepository_IsReadAnew()
    {
        var repository = new LocalModelRepository(_folder.Path, new ExecutionOptions());
        Assert.That(await repository.ListAsync(CancellationToken.None), Is.Empty);
        _folder.File("a/1/model.onnx");
        Assert.That(await repository.ListAsync(CancellationToken.None), Has.Count.EqualTo(1));
    }

    [TestCase("gone", "there is no such directory")]
    [TestCase("file", "it is a file, not a directory")]
    public async Task ListAsync_NoDirectory_FailsWithPathAndRemedy(string name, string expected)
    {
        _folder.File("file");
        var repository = new LocalModelRepository(_folder.At(name), new ExecutionOptions());
        var error = (await Assert.ThrowsAsync<InferenceException>(async () => await repository.ListAsync(CancellationToken.None)))!;
        Assert.That(error.Code, Is.EqualTo(ErrorCode.LoadFailed));
        Assert.That(error.Message, Does.Contain(expected).And.Contain("Inference:Repository:Path"));
    }

    [Test]
    public void ListAsync_Cancelled_Ends()
    {
        var repository = new LocalModelRepository(_folder.Path, new ExecutionOptions());
        Assert.That(async () => await repository.ListAsync(new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task ListAsync_TwoThousandModels_IsQuick()
    {
        for (var i = 0; i < 2000; i++)
            _folder.File($"model-{i}/1/model.onnx").File($"model-{i}/1/pipeline.yaml", "execution: { lanes: 2 }\n");
        await List();
        var watch = Stopwatch.StartNew();
        var models = await List();
        TestContext.Out.WriteLine($"{watch.Elapsed.TotalMilliseconds:F0} ms");
        Assert.That(models, Has.Count.EqualTo(2000));
        Assert.That(Problems(models), Is.Empty);

        // 0.1 to 0.3 s on an idle machine; the limit only tells quick from hanging where others use the machine too.
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)));
    }

    private static List<string> Problems(IReadOnlyList<StoredModel> models) =>
        [.. models.SelectMany(m => m.Versions.Select(v => v.Problem).Prepend(m.Problem)).Where(p => p.Length > 0)];

    private async Task<IReadOnlyList<StoredModel>> List() =>
        await new LocalModelRepository(_folder.Path, new ExecutionOptions { Lanes = 7 }).ListAsync(CancellationToken.None);
}
