using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Inference.Core.Certificates;

namespace Inference.Adapters.Cli.Remote;

/// <summary>How this side of a TLS connection proves the server, and itself.</summary>
internal sealed class ClientTls
{
    private readonly X509Certificate2Collection? _authorities;
    private readonly SslStreamCertificateContext? _certificate;
    private readonly string? _serverName;

    private ClientTls(X509Certificate2Collection? authorities, SslStreamCertificateContext? certificate, string? serverName) =>
        (_authorities, _certificate, _serverName) = (authorities, certificate, serverName);

    /// <summary>Nothing of its own: the authorities that the system trusts.</summary>
    public static ClientTls Default { get; } = new(null, null, null);

    /// <summary>Reads the files of a command line.</summary>
    /// <param name="ca">Authorities that the server's certificate must come from; null for those that the system trusts.</param>
    /// <param name="certificate">The own certificate, or null.</param>
    /// <param name="key">Its key.</param>
    /// <param name="serverName">The name that the server's certificate must have; null for that of the address.</param>
    /// <exception cref="UsageException">A file cannot be used, or one of certificate and key is missing.</exception>
    public static ClientTls Read(string? ca, string? certificate, string? key, string? serverName)
    {
        if (certificate is null != key is null)
            throw new UsageException("--cert and --key belong together: a certificate and its key.");
        try
        {
            var authorities = ca is null ? null : PemCertificate.LoadAll(PemFile.Read("--ca", ca));
            return new ClientTls(authorities, certificate is null ? null : Own(certificate, key!), serverName);
        }
        catch (PemException e)
        {
            throw new UsageException(e.Message);
        }
    }

    /// <summary>Where calls over HTTP are addressed to: a handler checks the certificate by that name, and by no other.</summary>
    public Uri NameOf(Uri server) => _serverName is null ? server : new UriBuilder(server) { Host = _serverName }.Uri;

    /// <summary>A handler for calls to <see cref="NameOf"/>, which connects to the address, whatever the name.</summary>
    public SocketsHttpHandler HandlerFor(Uri server) => new()
    {
        SslOptions = OptionsFor(server),
        ConnectCallback = (_, cancellation) => ConnectAsync(server, cancellation),
    };

    /// <summary>For one connection.</summary>
    /// <param name="server">The address.</param>
    public SslClientAuthenticationOptions OptionsFor(Uri server)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = _serverName ?? server.IdnHost,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            ClientCertificateContext = _certificate,
        };
        if (_authorities is null)
            return options;
        options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        options.CertificateChainPolicy.CustomTrustStore.AddRange(_authorities);
        return options;
    }

    private static async ValueTask<Stream> ConnectAsync(Uri server, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(server.IdnHost.Trim('[', ']'), server.Port, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SslStreamCertificateContext Own(string certificate, string key)
    {
        var (own, others) = PemCertificate.Load(PemFile.Read("--cert", certificate), PemFile.Read("--key", key), password: null, passwordOption: null, DateTimeOffset.UtcNow);
        return SslStreamCertificateContext.Create(own, others, offline: true);
    }
}
