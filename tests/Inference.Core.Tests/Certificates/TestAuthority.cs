using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Inference.Core.Tests.Certificates;

/// <summary>An authority of a test's own, and what it signs.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1", ClientPurpose = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan Age = TimeSpan.FromDays(400);
    private readonly X509Certificate2 _root;

    public TestAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow - Age, DateTimeOffset.UtcNow + Age);
    }

    /// <summary>Its own certificate in PEM.</summary>
    public string Pem => _root.ExportCertificatePem();

    public X509Certificate2 Root => _root;

    /// <summary>A server's certificate for localhost and 127.0.0.1, and its key.</summary>
    public TestIdentity Server(string name = "server", DateTimeOffset? expires = null, bool isRsa = false) => Sign(name, ServerPurpose, expires, isRsa);

    /// <summary>A client's certificate and its key.</summary>
    public TestIdentity Client(string name = "client", DateTimeOffset? expires = null) => Sign(name, ClientPurpose, expires, isRsa: false);

    public void Dispose() => _root.Dispose();

    private TestIdentity Sign(string name, string purpose, DateTimeOffset? expires, bool isRsa)
    {
        using var rsa = isRsa ? RSA.Create(2048) : null;
        using var ecdsa = isRsa ? null : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = rsa is not null
            ? new CertificateRequest($"CN={name}", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest($"CN={name}", ecdsa!, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        var until = expires ?? DateTimeOffset.UtcNow.AddDays(30);
        using var signer = _root.GetECDsaPrivateKey()!;
        using var certificate = request.Create(_root.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), DateTimeOffset.UtcNow.AddDays(-60), until, RandomNumberGenerator.GetBytes(8));
        var key = (AsymmetricAlgorithm?)rsa ?? ecdsa!;
        return new TestIdentity(
            certificate.ExportCertificatePem(),
            key.ExportPkcs8PrivateKeyPem(),
            key.ExportEncryptedPkcs8PrivateKeyPem(TestIdentity.Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
    }
}
