using System.Security.Cryptography.X509Certificates;

namespace Inference.Core.Tests.Certificates;

/// <summary>A certificate and its key in PEM.</summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Key">Its key.</param>
/// <param name="EncryptedKey">The same with <see cref="Password"/>.</param>
internal sealed record TestIdentity(string Certificate, string Key, string EncryptedKey)
{
    public const string Password = "open sesame";

    public X509Certificate2 ToCertificate() => X509Certificate2.CreateFromPem(Certificate, Key);

    /// <summary>Writes both as Kubernetes names them.</summary>
    public void WriteTo(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "tls.crt"), Certificate);
        File.WriteAllText(Path.Combine(folder, "tls.key"), Key);
    }
}
