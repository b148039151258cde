using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Inference.Adapters.Protocol;
using Inference.Core.Tests.Certificates;

namespace Inference.Functional.Tests.Tls;

/// <summary>Clients that trust one authority, and nobody else.</summary>
internal static class TlsClient
{
    /// <summary>A channel of its own connections.</summary>
    public static GrpcChannel Open(Uri address, TestAuthority authority, TestIdentity? own = null, SslProtocols protocols = SslProtocols.None) =>
        GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { SslOptions = Options(authority, own, protocols) },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = null,
            MaxSendMessageSize = null,
        });

    public static GRPCInferenceService.GRPCInferenceServiceClient Inference(this GrpcChannel channel) => new(channel);

    public static SocketsHttpHandler Handler(TestAuthority authority) => new() { SslOptions = Options(authority, null, SslProtocols.None) };

    public static HttpClient Http(TestAuthority authority, TestIdentity? own = null) => new(new SocketsHttpHandler { SslOptions = Options(authority, own, SslProtocols.None) });

    /// <summary>Whose certificate the server shows now, and how it speaks.</summary>
    public static async Task<(string Subject, SslProtocols Protocol, string Application)> LookAsync(Uri address, TestAuthority authority, SslProtocols protocols = SslProtocols.None)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port);
        await using var stream = new SslStream(socket.GetStream());
        var options = Options(authority, null, protocols);
        options.ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
        options.TargetHost = address.Host;
        await stream.AuthenticateAsClientAsync(options);
        return (stream.RemoteCertificate!.Subject, stream.SslProtocol, stream.NegotiatedApplicationProtocol.ToString());
    }

    private static SslClientAuthenticationOptions Options(TestAuthority authority, TestIdentity? own, SslProtocols protocols)
    {
        var options = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = protocols,
            ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own.ToCertificate(), null, offline: true),
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck },
        };
        options.CertificateChainPolicy.CustomTrustStore.Add(authority.Root);
        return options;
    }
}
