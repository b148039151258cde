using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Serving;

/// <summary>When models with Triton's configurations come into memory.</summary>
internal sealed class TritonLoadingTests
{
    private const string Config = "backend: 'onnxruntime' max_batch_size: 8 ";
    private DirectoryInfo _folder = null!;

    [SetUp]
    public void WriteModels()
    {
        _folder = Directory.CreateTempSubdirectory("inference-triton-");
        Write("plain", Config);
        Write("eager", Config + "parameters { key: 'loading' value { string_value: 'eager' } }");
        Write("lazy", Config + "parameters { key: 'loading' value { string_value: 'lazy' } }");
    }

    [TearDown]
    public void RemoveModels() => _folder.Delete(recursive: true);

    [TestCase("eager", "eager, plain")]
    [TestCase("lazy", "eager")]
    public async Task Start_LoadingOfTheServer_HoldsWhereTheConfigurationSaysNothing(string loading, string inMemory)
    {
        await using var server = await RunningServer.StartAsync(_folder.FullName, [("Cache:Loading", loading)]);
        var before = await InMemoryAsync(server);
        var answer = await server.Client.ModelInferAsync(Requests.For("lazy", string.Empty).Floats("x", [1, 2], 3f, 4f));

        Assert.That(before, Is.EqualTo(inMemory));
        Assert.That(answer.Floats("y"), Is.EqualTo(new[] { 6f, 8f }));
        Assert.That(await InMemoryAsync(server), Does.Contain("lazy"));
        Assert.That((await Scrape.SeriesAsync(server, "inference_cache_misses_total")).Values.Single(), Is.EqualTo(1));
    }

    private static async Task<string> InMemoryAsync(RunningServer server)
    {
        var index = await server.Client.RepositoryIndexAsync(new RepositoryIndexRequest());
        Assert.That(index.Models.Select(m => m.State), Is.All.EqualTo("READY"));
        return string.Join(", ", index.Models.Where(m => m.Reason.Length == 0).Select(m => m.Name).Order(StringComparer.Ordinal));
    }

    private void Write(string name, string config)
    {
        var folder = _folder.CreateSubdirectory(name);
        File.WriteAllText(Path.Combine(folder.FullName, "config.pbtxt"), config);
        File.WriteAllBytes(Path.Combine(folder.CreateSubdirectory("1").FullName, "model.onnx"), ScaleModel.Bytes(2));
    }
}
