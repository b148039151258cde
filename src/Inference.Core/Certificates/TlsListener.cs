using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Inference.Core.Certificates;

/// <summary>What one listener needs for its handshakes, by the certificate of the moment. Thread-safe.</summary>
/// <param name="certificates">The certificate of the moment.</param>
/// <param name="protocol">What is spoken (ALPN).</param>
/// <param name="clients">Whether clients show certificates.</param>
/// <param name="refused">Told of each client's certificate that is refused.</param>
public sealed class TlsListener(ServerCertificates certificates, SslApplicationProtocol protocol, ClientCertificateMode clients, ClientRefusals refused)
{
    /// <summary>Options for one handshake: what checks a client's certificate keeps it in them.</summary>
    public SslServerAuthenticationOptions ForHandshake()
    {
        var material = certificates.Current;
        var options = new SslServerAuthenticationOptions
        {
            ApplicationProtocols = [protocol],
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ServerCertificateContext = material.Context,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (clients == ClientCertificateMode.None)
            return options;
        options.ClientCertificateRequired = true;
        options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsGood(certificate, chain, errors);
        options.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        options.CertificateChainPolicy.CustomTrustStore.AddRange(material.ClientAuthorities!);
        return options;
    }

    private bool IsGood(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        // Names in clients' certificates mean nothing here: who signed them decides.
        if (errors == SslPolicyErrors.None || (certificate is null && clients == ClientCertificateMode.Optional))
            return true;
        refused.Add(certificate?.Subject, certificate is null ? "none was shown" : Reason(chain));
        return false;
    }

    private static string Reason(X509Chain? chain) =>
        chain?.ChainStatus.Length > 0 ? string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation.TrimEnd('.', '\n'))) : "it cannot be checked";
}
