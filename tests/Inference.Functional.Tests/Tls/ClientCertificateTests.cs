using Grpc.Core;
using Inference.Core.Tests.Certificates;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Tls;

/// <summary>Servers that ask clients for certificates.</summary>
[TestFixture("optional")]
[TestFixture("require")]
internal sealed class ClientCertificateTests : TlsFixture
{
    private readonly string _mode;
    private readonly TestAuthority _clients = new("clients");

    public ClientCertificateTests(string mode)
    {
        _mode = mode;
        Folder.Write("ca.crt", _clients.Pem);
    }

    protected override (string Key, string Value)[] Settings =>
        [.. base.Settings, ("Tls:ClientCertificates", _mode), ("Tls:ClientCaPath", Folder.At("ca.crt"))];

    [OneTimeTearDown]
    public void ForgetAuthority() => _clients.Dispose();

    [Test]
    public async Task Client_WithTheRightCertificate_IsAnswered() => Assert.That(await InferAsync(_clients.Client()), Is.EqualTo(StatusCode.OK));

    [Test]
    public async Task Client_WithoutCertificate_IsAnsweredWhereItIsOptional()
    {
        var outcome = await InferAsync(null);

        // With TLS 1.3 the client is done with its handshake before it is refused, so that the library sees a connection break.
        Assert.That(outcome, _mode == "optional" ? Is.EqualTo(StatusCode.OK) : Is.EqualTo(StatusCode.Unavailable).Or.EqualTo(StatusCode.Internal));
    }

    // Of another authority, of the server's own one, for servers, expired.
    [TestCase("other")]
    [TestCase("server's")]
    [TestCase("purpose")]
    [TestCase("expired")]
    public async Task Client_WithAWrongCertificate_IsRefusedCountedAndTold(string kind)
    {
        using var other = new TestAuthority("other");
        var own = kind switch
        {
            "other" => other.Client(kind),
            "server's" => Authority.Client(kind),
            "purpose" => _clients.Server(kind),
            _ => _clients.Client(kind, DateTimeOffset.UtcNow.AddDays(-1)),
        };
        var before = await HandshakesFailed();

        Assert.That(await InferAsync(own), Is.EqualTo(StatusCode.Unavailable).Or.EqualTo(StatusCode.Internal));

        await Scrape.UntilAsync(async () => await HandshakesFailed() > before, "the handshake that failed is counted");

        // One line in a while, whichever certificate came first.
        Assert.That(Server.Log.All.Select(e => e.Text), Has.Some.StartsWith("A client's certificate was refused ("));
    }

    [Test]
    public async Task HttpPort_LikeTheGrpcPort_AsksForACertificate()
    {
        using var known = TlsClient.Http(Authority, _clients.Client());
        Assert.That(await known.GetStringAsync(new Uri(Server.HttpAddress, "/readyz")), Is.EqualTo("ready\n"));

        using var unknown = TlsClient.Http(Authority, Authority.Client());
        await Assert.ThrowsAsync<HttpRequestException>(() => unknown.GetStringAsync(new Uri(Server.HttpAddress, "/readyz")));
    }

    private async Task<StatusCode> InferAsync(TestIdentity? own)
    {
        using var channel = TlsClient.Open(Server.GrpcAddress, Authority, own);
        try
        {
            var answer = await channel.Inference().ModelInferAsync(Requests.For("scalar", "1").Floats("x", [], 1f));
            return answer.Floats("y").Single() == 3f ? StatusCode.OK : StatusCode.DataLoss;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private async Task<double> HandshakesFailed() => (await Scrape.SeriesAsync(Server, "inference_tls_handshakes_failed_total")).Values.Single();
}
