using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Lifecycle;

/// <summary>What a server does not use costs it no memory and no time at its start.</summary>
internal sealed class StorageAssemblyTests
{
    private const string Sdk = "AWSSDK";

    [SetUp]
    public void RequireLinux()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("the assemblies of another process are seen in /proc, which only Linux has");
    }

    [Test]
    public async Task Serve_LocalRepository_LoadsNothingOfObjectStores()
    {
        await using var server = await ServerProcess.StartAsync(RepositoryPaths.SampleModels);

        Assert.That(Loaded(server, "inference.dll"), Is.Not.Empty, "assemblies are seen");
        Assert.That(Loaded(server, Sdk), Is.Empty);
    }

    // Else the test above could not fail.
    [Test]
    public async Task Serve_ObjectStore_LoadsItsLibrary()
    {
        await using var server = ServerProcess.Begin("s3://bucket/models", $"--Repository:S3:Endpoint=http://127.0.0.1:{ServerProcess.FreePort()}", "--Repository:S3:Anonymous=true");

        Assert.That(() => Loaded(server, Sdk), Is.Not.Empty.After(60_000, 100), server.Output);
    }

    private static List<string> Loaded(ServerProcess server, string name) => [.. server.MappedFiles.Where(f => Path.GetFileName(f).StartsWith(name, StringComparison.OrdinalIgnoreCase))];
}
