using System.Security.Authentication;
using Grpc.Core;
using Grpc.Health.V1;
using Inference.Functional.Tests.Hosting;
using Inference.Functional.Tests.Scheduling;
using NUnit.Framework;

namespace Inference.Functional.Tests.Tls;

/// <summary>What is answered over TLS, and what is not.</summary>
internal sealed class TlsServingTests : TlsFixture
{
    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public async Task Calls_OverEachVersion_AreAnsweredAsWithoutTls(SslProtocols version)
    {
        using var channel = TlsClient.Open(Server.GrpcAddress, Authority, protocols: version);
        var large = Enumerable.Range(0, 1 << 20).Select(i => (float)i).ToArray();
        var answer = await channel.Inference().ModelInferAsync(Requests.For("identity_fp32", "1").Floats("x", [1 << 19, 2], large));
        Assert.That(answer.Floats("y"), Is.EqualTo(large));

        using var stream = channel.Inference().ModelStreamInfer();
        await stream.RequestStream.WriteAsync(Requests.For("scalar", "1").Floats("x", [], 1f));
        Assert.That(await stream.ResponseStream.MoveNext(CancellationToken.None), Is.True);
        Assert.That(stream.ResponseStream.Current.InferResponse.Floats("y"), Is.EqualTo(new[] { 3f }));
        await stream.RequestStream.CompleteAsync();
        Assert.That(await stream.ResponseStream.MoveNext(CancellationToken.None), Is.False);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await channel.Inference().ModelInferAsync(Requests.For("nobody", "1")));
        Assert.That(error!.StatusCode, Is.EqualTo(StatusCode.NotFound));
        Assert.That(error.Status.Detail, Does.Contain("nobody"));
        Assert.That((await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest())).Status, Is.EqualTo(HealthCheckResponse.Types.ServingStatus.Serving));
    }

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public async Task Handshake_OnTheGrpcPort_NegotiatesHttp2(SslProtocols version) =>
        Assert.That(await TlsClient.LookAsync(Server.GrpcAddress, Authority, version), Is.EqualTo(("CN=server", version, "h2")));

    [Test]
    public async Task HttpPort_OverTls_TellsHealth()
    {
        using var http = TlsClient.Http(Authority);

        Assert.That(await http.GetStringAsync(new Uri(Server.HttpAddress, "/readyz")), Is.EqualTo("ready\n"));
    }

    [Test]
    public async Task GrpcPort_ClientWithoutTls_IsTurnedAwayAndCounted()
    {
        var before = await HandshakesFailed();
        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress($"http://{Server.GrpcAddress.Authority}");

        await Assert.ThrowsAsync<RpcException>(async () => await channel.Inference().ServerLiveAsync(new()));

        await Scrape.UntilAsync(async () => await HandshakesFailed() > before, "the handshake that failed is counted");
    }

    [Test]
    public async Task GrpcPort_ClientThatTrustsAnother_DoesNotTalk()
    {
        using var other = new Core.Tests.Certificates.TestAuthority("other");
        using var channel = TlsClient.Open(Server.GrpcAddress, other);

        var error = await Assert.ThrowsAsync<RpcException>(async () => await channel.Inference().ServerLiveAsync(new()));

        Assert.That(error!.Status.Detail, Does.Contain("SSL"));
    }

    [Test]
    public async Task Metrics_OfTheCertificate_TellWhenItExpires()
    {
        var expiry = (await Scrape.SeriesAsync(Server, "inference_tls_certificate_expiry_timestamp_seconds")).Values.Single();

        Assert.That(DateTimeOffset.FromUnixTimeSeconds((long)expiry), Is.EqualTo(DateTimeOffset.UtcNow.AddDays(30)).Within(TimeSpan.FromHours(1)));
        Assert.That(Server.Log.All.Select(e => e.Text), Has.Some.StartsWith("TLS with the certificate of CN=server, valid until "));
    }

    // TLS 1.0 and 1.1, as a client would that knows nothing newer; a library of today would not even ask.
    [TestCase(0x0301, ExpectedResult = ClientHello.ProtocolVersionAlert)]
    [TestCase(0x0302, ExpectedResult = ClientHello.ProtocolVersionAlert)]
    [TestCase(0x0303, ExpectedResult = ClientHello.Handshake)]
    public Task<string> Handshake_ByTheVersionThatTheClientOffers_IsRefusedOrBegun(int version) => ClientHello.SendAsync(Server.GrpcAddress, (ushort)version);

    // A first message that cannot be read, one that is cut off, HTTP/2 without TLS, noise: nothing but a count, and no error in the log.
    [TestCase("16030100050100000100")]
    [TestCase("1603010200010001fc0303")]
    [TestCase("505249202a20485454502f322e300d0a0d0a534d0d0a0d0a")]
    [TestCase("00ff17c2a90b")]
    public async Task Handshake_OfGarbage_IsCountedAndLogsNoError(string bytes)
    {
        var before = await HandshakesFailed();
        using (var client = new System.Net.Sockets.TcpClient())
        {
            await client.ConnectAsync(Server.GrpcAddress.Host, Server.GrpcAddress.Port);
            await client.GetStream().WriteAsync(Convert.FromHexString(bytes));
            client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            await Scrape.UntilAsync(async () => await HandshakesFailed() > before, "the handshake that failed is counted");
        }

        Assert.That(Server.Log.Errors, Is.Empty);
    }

    private async Task<double> HandshakesFailed() => (await Scrape.SeriesAsync(Server, "inference_tls_handshakes_failed_total")).Values.Single();
}
