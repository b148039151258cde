using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Inference.Core.Configuration;

namespace Inference.Core.Certificates;

/// <summary>
/// What the files held at one time, checked and ready for use. It is never disposed of: handshakes may be using it when the
/// next one takes its place.
/// </summary>
/// <param name="Certificate">The server's certificate.</param>
/// <param name="Context">The same with its key and the certificates between it and its root.</param>
/// <param name="ClientAuthorities">Those that sign clients' certificates; null where none are asked for.</param>
/// <param name="Fingerprint">Of the files' contents.</param>
internal sealed record TlsMaterial(X509Certificate2 Certificate, SslStreamCertificateContext Context, X509Certificate2Collection? ClientAuthorities, string Fingerprint)
{
    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";

    /// <summary>Makes it of what was read.</summary>
    /// <param name="files">The files.</param>
    /// <param name="now">When the certificate must be valid.</param>
    /// <exception cref="ConfigurationException">Every mistake in the files.</exception>
    public static TlsMaterial Create(TlsFiles files, DateTimeOffset now)
    {
        var errors = files.Errors.ToList();
        var clients = files.Authorities is null ? null : Try(() => PemCertificate.LoadAll(files.Authorities), errors);
        var context = files.Certificate is null || files.Key is null ? null : Try(() => Load(files.Certificate, files.Key, files.Password, now), errors);
        return errors.Count == 0 ? new TlsMaterial(context!.TargetCertificate, context, clients, files.Fingerprint) : throw new ConfigurationException(errors);
    }

    private static SslStreamCertificateContext Load(PemFile file, PemFile key, PemFile? password, DateTimeOffset now)
    {
        var (certificate, others) = PemCertificate.Load(file, key, password?.Text.TrimEnd('\r', '\n'), $"{TlsFiles.Section}:{nameof(TlsOptions.KeyPasswordPath)}", now);
        var purposes = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        if (purposes is not null && !purposes.EnhancedKeyUsages.Cast<Oid>().Any(p => p.Value == ServerPurpose))
            throw file.Wrong($", whose certificate ({certificate.Subject}) is not for servers; expected one with the extended key usage serverAuth, or with none.");

        // Offline: what is missing of the chain is not looked for in the network, which could take long at the start.
        return SslStreamCertificateContext.Create(certificate, others, offline: true);
    }

    private static T? Try<T>(Func<T> read, List<string> errors)
        where T : class
    {
        try
        {
            return read();
        }
        catch (PemException e)
        {
            errors.Add(e.Message);
            return null;
        }
    }
}
