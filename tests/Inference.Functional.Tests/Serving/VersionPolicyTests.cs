using System.Security.Cryptography;
using Grpc.Core;
using Inference.Adapters.Protocol;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Serving;

/// <summary>Which versions of a folder are served, and which files are let in.</summary>
internal sealed class VersionPolicyTests : ServerFixture, IDisposable
{
    private const string Version = "identity_fp32/1";
    private static readonly string Sum = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(RepositoryPaths.TestModels, Version, "model.onnx"))));
    private static readonly string OtherSum = new('0', 64);
    private readonly TemporaryRepository _models = Models();

    protected override string Repository => _models.Path;

    public void Dispose() => _models.Dispose();

    [TestCase("all", ExpectedResult = "1,2,3")]
    [TestCase("latest", ExpectedResult = "3")]
    [TestCase("specific", ExpectedResult = "1,3")]
    public async Task<string> RepositoryIndex_Policy_HasWhatItServes(string model)
    {
        var index = await Server.Client.RepositoryIndexAsync(new RepositoryIndexRequest());
        var versions = index.Models.Where(m => m.Name == model).ToList();
        Assert.That(versions.Select(v => v.State), Is.All.EqualTo("READY"));
        return string.Join(",", versions.Select(v => v.Version));
    }

    [TestCase("latest", "2", StatusCode.NotFound)]
    [TestCase("latest", "3", StatusCode.OK)]
    [TestCase("specific", "2", StatusCode.NotFound)]
    [TestCase("summed", "1", StatusCode.OK)]
    [TestCase("swapped", "1", StatusCode.FailedPrecondition)]
    public async Task ModelMetadata_Version_IsThereAsFarAsItIsServed(string model, string version, StatusCode expected)
    {
        var status = StatusCode.OK;
        try
        {
            await Server.Client.ModelMetadataAsync(new ModelMetadataRequest { Name = model, Version = version });
        }
        catch (RpcException e)
        {
            status = e.StatusCode;
        }

        Assert.That(status, Is.EqualTo(expected));
    }

    [Test]
    public async Task RepositoryIndex_FileOfAnotherChecksum_TellsBoth()
    {
        var index = await Server.Client.RepositoryIndexAsync(new RepositoryIndexRequest());
        var swapped = index.Models.Single(m => m.Name == "swapped");

        Assert.That(swapped.State, Is.EqualTo("UNAVAILABLE"));
        Assert.That(swapped.Reason, Does.Contain($"file 'model.onnx' has the SHA-256 {Sum}").And.Contain(OtherSum).And.Contain("pipeline.yaml"));
    }

    private static TemporaryRepository Models()
    {
        var models = new TemporaryRepository()
            .Copy(RepositoryPaths.TestModels, Version, "summed/1")
            .Copy(RepositoryPaths.TestModels, Version, "swapped/1")
            .Write("summed/1/pipeline.yaml", $"model: {{ sha256: {Sum} }}")
            .Write("swapped/1/pipeline.yaml", $"model: {{ sha256: \"{OtherSum}\" }}")
            .Write("latest/model.yaml", "version_policy: { latest: 1 }")
            .Write("specific/model.yaml", "version_policy: { specific: [1, 3] }");
        foreach (var model in new[] { "all", "latest", "specific" })
        {
            for (var version = 1; version <= 3; version++)
                models.Copy(RepositoryPaths.TestModels, Version, FormattableString.Invariant($"{model}/{version}"));
        }

        return models;
    }
}
