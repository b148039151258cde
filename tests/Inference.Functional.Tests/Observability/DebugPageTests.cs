using System.Net;
using System.Text.Json;
using Inference.Core.Tests.Certificates;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Observability;

/// <summary>The snapshot for support.</summary>
internal sealed class DebugPageTests
{
    private static readonly Uri Page = new("/debug", UriKind.Relative);
    private TemporaryRepository _repository = null!;

    [OneTimeSetUp]
    public void CopyModels() => _repository = new TemporaryRepository().Copy(RepositoryPaths.TestModels, "sum_product").Copy(RepositoryPaths.BrokenModels, "text_file");

    [OneTimeTearDown]
    public void DeleteModels() => _repository.Dispose();

    [Test]
    public async Task Debug_OfARunningServer_TellsStatesQueuesAndConfiguration()
    {
        await using var server = await RunningServer.StartAsync(_repository.Path, ("Queue:MaxRows", "77"));

        var root = await GetAsync(server);

        var models = root.GetProperty("models").EnumerateArray().ToDictionary(m => m.GetProperty("name").GetString()!, m => m.GetProperty("versions")[0]);
        Assert.Multiple(() =>
        {
            Assert.That(root.GetProperty("server").GetProperty("phase").GetString(), Is.EqualTo("Running"));
            Assert.That(root.GetProperty("server").GetProperty("requestsInFlight").GetInt32(), Is.Zero);
            Assert.That(root.GetProperty("process").GetProperty("workingSetBytes").GetInt64(), Is.Positive);
            Assert.That(models["sum_product"].GetProperty("state").GetString(), Is.EqualTo("Ready"));
            Assert.That(models["sum_product"].GetProperty("executor").GetProperty("lanes").GetInt32(), Is.Positive);
            Assert.That(models["sum_product"].GetProperty("executor").GetProperty("waitingRequests").GetInt32(), Is.Zero);
            Assert.That(models["text_file"].GetProperty("state").GetString(), Is.EqualTo("Failed"));
            Assert.That(models["text_file"].GetProperty("reason").GetString(), Is.Not.Empty);
            Assert.That(root.GetProperty("configuration").GetProperty("Queue:MaxRows").GetString(), Is.EqualTo("77"));
            Assert.That(root.GetProperty("configuration").GetProperty("Telemetry:Traces:Protocol").GetString(), Is.EqualTo("grpc"));
            Assert.That(root.GetProperty("settings").GetProperty("trace_level").GetString(), Is.EqualTo("OFF"));
            Assert.That(root.GetProperty("pools").GetProperty("tensorBuffersRented").GetInt64(), Is.Zero);
        });
    }

    [Test]
    public async Task Debug_OfAServerWithSecrets_HasNone()
    {
        using var authority = new TestAuthority("root");
        using var folder = new CertificateFolder();
        var identity = authority.Server();
        identity.WriteTo(folder.Root);
        await using var server = await RunningServer.StartAsync(
            _repository.Path,
            ("Tls:CertificatePath", folder.At("tls.crt")),
            ("Tls:KeyPath", folder.Write("encrypted.key", identity.EncryptedKey)),
            ("Tls:KeyPasswordPath", folder.Write("password", TestIdentity.Password)),
            ("Tls:MetricsPort", "plain"),
            ("Telemetry:Traces:Endpoint", "http://name:hushhush@127.0.0.1:9/?token=hushhush"));

        var text = await server.Http.GetStringAsync(new Uri(server.MetricsAddress, Page));

        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain("\"Tls:KeyPasswordPath\"").And.Contain("127.0.0.1:9/"));
            Assert.That(text, Does.Not.Contain("hushhush"));
            Assert.That(text, Does.Not.Contain(TestIdentity.Password));
            Assert.That(text, Does.Not.Contain("PRIVATE KEY"));
        });
    }

    [Test]
    public async Task Debug_SwitchedOff_IsNotThere()
    {
        await using var server = await RunningServer.StartAsync(_repository.Path, ("Telemetry:DebugPage", "false"));

        using var response = await server.Http.GetAsync(new Uri(server.MetricsAddress, Page));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Debug_OnTheOtherPorts_IsNotThere()
    {
        await using var server = await RunningServer.StartAsync(_repository.Path);

        using var response = await server.Http.GetAsync(new Uri(server.HttpAddress, Page));

        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private static async Task<JsonElement> GetAsync(RunningServer server)
    {
        await using var page = await server.Http.GetStreamAsync(new Uri(server.MetricsAddress, Page));
        using var document = await JsonDocument.ParseAsync(page);
        return document.RootElement.Clone();
    }
}
