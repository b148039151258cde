using Inference.Core.Tests.Certificates;
using Inference.Functional.Tests.Hosting;
using NUnit.Framework;

namespace Inference.Functional.Tests.Tls;

/// <summary>A server for a cluster: mutual TLS for calls, health without a client's certificate, as an orchestrator asks for it.</summary>
internal sealed class PortTests : TlsFixture
{
    private readonly TestAuthority _clients = new("clients");

    public PortTests() => Folder.Write("ca.crt", _clients.Pem);

    protected override (string Key, string Value)[] Settings =>
        [.. base.Settings, ("Tls:ClientCertificates", "require"), ("Tls:ClientCaPath", Folder.At("ca.crt")), ("Tls:HttpPort", "server")];

    [OneTimeTearDown]
    public void ForgetAuthority() => _clients.Dispose();

    [Test]
    public async Task HttpPort_OfItsOwn_AsksForNoCertificate()
    {
        using var http = TlsClient.Http(Authority);

        Assert.That(await http.GetStringAsync(new Uri(Server.HttpAddress, "/livez")), Is.EqualTo("live\n"));
    }

    [Test]
    public async Task MetricsPort_SaidToBePlain_IsPlain() =>
        Assert.That(await Server.Http.GetStringAsync(new Uri($"http://{Server.MetricsAddress.Authority}/metrics")), Does.Contain("inference_tls_reload_failing 0"));

    [Test]
    public async Task Start_PlaintextWhereOthersCanReachIt_NeedsAWord()
    {
        var (code, _, error) = await ServerProcess.RunAsync("serve", "--repository", RepositoryPaths.TestModels, "--host", "*", "--grpc-port", "0", "--http-port", "0", "--metrics-port", "0");

        Assert.That((code, error), Is.EqualTo((2, error)));
        Assert.That(error, Does.Contain("Inference:Server:Host is '*'").And.Contain("Inference:Server:AllowPlaintext=true"));
    }

    [Test]
    public async Task Start_CertificateThatIsNotThere_TellsSoInOneLine()
    {
        var (code, _, error) = await ServerProcess.RunAsync("serve", "--repository", RepositoryPaths.TestModels, "--Tls:CertificatePath=/none/tls.crt", "--Tls:KeyPath=/none/tls.key");

        Assert.That((code, error.Split('\n')[0]), Is.EqualTo((2, "error: Inference:Tls:CertificatePath is '/none/tls.crt'; there is no such file.")));
    }
}
