using k8s.Models;

namespace Inference.Deploy.Tests.Kubernetes;

/// <summary>The runtimes' containers, started with the arguments that KServe would give them, before a folder as its storage initialiser leaves it.</summary>
internal sealed class KServeServingTests
{
    private const string Mount = "/mnt/models";
    private static readonly string[] Iris = ["--input", "sepal_length=[6.7]", "--input", "sepal_width=[3.0]", "--input", "petal_length=[5.2]", "--input", "petal_width=[2.3]", "--output", "label"];
    private DirectoryInfo _models = null!;

    [SetUp]
    public void Make() => _models = Directory.CreateTempSubdirectory("inference-kserve-");

    [TearDown]
    public void Remove() => _models.Delete(recursive: true);

    // What the bucket has: the model itself, or folders of its versions.
    [TestCase("")]
    [TestCase("7")]
    public async Task ServingRuntime_OneModel_IsServedUnderTheNameOfItsService(string layout)
    {
        Copy(DeployFolder.At("models", "iris", "1"), Path.Combine(_models.FullName, layout));
        var runtime = Runtime("servingruntime.yaml");
        var service = Manifest.Read<CustomResource<InferenceServiceSpec>>(File.ReadAllText(DeployFolder.At("kserve", "inferenceservice.yaml"))).First(s => s.Spec!.Predictor!.Model!.Runtime == runtime.Metadata.Name);
        using var server = Start(runtime, service.Metadata.Name);

        await ProbesAsync(server, runtime);
        var answer = server.Ask(["infer", service.Metadata.Name, .. Iris]);

        Assert.That(answer.Output, Does.Contain("\"virginica\""), answer.Error + server.Log);
    }

    [Test]
    public async Task RepositoryRuntime_ManyModels_AreServedUnderTheirOwnNames()
    {
        Copy(DeployFolder.At("models"), _models.FullName);
        var runtime = Runtime("repository-runtime.yaml");
        using var server = Start(runtime, "models");

        await ProbesAsync(server, runtime);
        var answer = server.Ask(["infer", "iris", "--version", "1", .. Iris]);

        Assert.That(answer.Output, Does.Contain("\"virginica\""), answer.Error + server.Log);
        Assert.That(server.Ask("models").Output, Does.Contain("digits").And.Contain("gloss-topics"));
    }

    [Test]
    public void ClusterServingRuntime_BuildWithoutCuda_SaysWhyTheModelIsNotServed()
    {
        // The image of this runtime has CUDA and its node a GPU; here it is seen that the arguments ask for one, and are heeded.
        Copy(DeployFolder.At("models", "iris", "1"), _models.FullName);
        using var server = Start(Runtime("clusterservingruntime.yaml"), "flowers");
        server.WaitUntilReady();

        var answer = server.Ask(["infer", "flowers", .. Iris]);

        Assert.That(answer.ExitCode, Is.Not.Zero);
        Assert.That(answer.Error, Does.Contain("flowers").And.Contain("CUDA"));
    }

    private static CustomResource<ServingRuntimeSpec> Runtime(string file) =>
        Manifest.Read<CustomResource<ServingRuntimeSpec>>(File.ReadAllText(DeployFolder.At("kserve", file))).Single();

    private static V1Container Container(CustomResource<ServingRuntimeSpec> runtime) => runtime.Spec!.Containers!.Single(c => c.Name == "kserve-container");

    // As KServe fills in its template, with the folder in the place of the mount.
    private ServerProgram Start(CustomResource<ServingRuntimeSpec> runtime, string name)
    {
        var container = Container(runtime);
        var arguments = container.Args.Select(a => a.Replace("{{.Name}}", name, StringComparison.Ordinal).Replace(Mount, _models.FullName, StringComparison.Ordinal)).ToList();
        Assert.That(arguments, Has.Some.Contains(_models.FullName));
        return new ServerProgram(arguments, (container.Env ?? []).ToDictionary(e => e.Name, e => e.Value));
    }

    private static async Task ProbesAsync(ServerProgram server, CustomResource<ServingRuntimeSpec> runtime)
    {
        var container = Container(runtime);
        Assert.That(container.ReadinessProbe.Grpc.Port, Is.EqualTo(8001));
        server.WaitUntilReady();
        var live = container.LivenessProbe.HttpGet;
        Assert.That(await server.GetAsync(int.Parse(live.Port.Value, System.Globalization.CultureInfo.InvariantCulture), live.Path), Is.Not.Null);
        var annotations = runtime.Spec!.Annotations!;
        Assert.That(await server.GetAsync(int.Parse(annotations["prometheus.kserve.io/port"], System.Globalization.CultureInfo.InvariantCulture), annotations["prometheus.kserve.io/path"]), Does.Contain("inference_server_phase"));
    }

    private static void Copy(string source, string target)
    {
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(target, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
