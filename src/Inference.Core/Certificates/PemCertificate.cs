using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Inference.Core.Certificates;

/// <summary>Makes certificates of files in PEM.</summary>
public static class PemCertificate
{
    private const string Encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

    // How OpenSSL encrypted keys before PKCS #8.
    private const string OldEncrypted = "Proc-Type: 4,ENCRYPTED";

    /// <summary>A certificate with its key, and the certificates that stand behind it in its file.</summary>
    /// <param name="file">The certificates, the own one first.</param>
    /// <param name="key">The key of the first.</param>
    /// <param name="password">Of an encrypted key, or null.</param>
    /// <param name="passwordOption">What would name the password; null where nothing can.</param>
    /// <param name="now">When it must be valid.</param>
    /// <returns>The certificate, which the caller owns, and the others.</returns>
    /// <exception cref="PemException">Something is wrong with one of the files.</exception>
    public static (X509Certificate2 Certificate, X509Certificate2Collection Others) Load(PemFile file, PemFile key, string? password, string? passwordOption, DateTimeOffset now)
    {
        var all = LoadAll(file);
        var first = all[0];
        CheckTime(file, first, now);
        all.RemoveAt(0);
        using (first)
            return (WithKey(file, key, password, passwordOption), all);
    }

    /// <summary>All certificates of a file, at least one.</summary>
    /// <exception cref="PemException">There is none, or one cannot be read.</exception>
    public static X509Certificate2Collection LoadAll(PemFile file)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPem(file.Text);
        }
        catch (CryptographicException e)
        {
            throw file.Wrong($", in which a certificate cannot be read: {e.Message.TrimEnd('.')}.", e);
        }

        return all.Count > 0 ? all : throw file.Wrong(", in which there is no certificate; expected '-----BEGIN CERTIFICATE-----' (PEM).");
    }

    private static void CheckTime(PemFile file, X509Certificate2 certificate, DateTimeOffset now)
    {
        if (now > certificate.NotAfter)
            throw file.Wrong($", whose certificate ({certificate.Subject}) expired at {Text(certificate.NotAfter)}; expected one that is valid now, at {Text(now.UtcDateTime)}.");
        if (now < certificate.NotBefore)
            throw file.Wrong($", whose certificate ({certificate.Subject}) is valid only from {Text(certificate.NotBefore)}; expected one that is valid now, at {Text(now.UtcDateTime)}.");
    }

    private static X509Certificate2 WithKey(PemFile file, PemFile key, string? password, string? passwordOption)
    {
        var isEncrypted = key.Text.Contains(Encrypted, StringComparison.Ordinal);
        if (key.Text.Contains(OldEncrypted, StringComparison.Ordinal))
            throw key.Wrong(", whose key is encrypted in a way that is not supported; rewrite it with 'openssl pkcs8 -topk8'.");
        if (isEncrypted && password is null)
            throw key.Wrong($", whose key is encrypted; expected {(passwordOption is null ? "one without a password, as 'openssl pkey' writes it" : $"its password in {passwordOption}")}.");
        if (!isEncrypted && !key.Text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw key.Wrong(", in which there is no key; expected '-----BEGIN PRIVATE KEY-----' (PEM).");
        CheckKey(key, isEncrypted ? password : null, passwordOption);
        try
        {
            return isEncrypted ? X509Certificate2.CreateFromEncryptedPem(file.Text, key.Text, password) : X509Certificate2.CreateFromPem(file.Text, key.Text);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw key.Wrong($", whose key does not belong to the first certificate of {file.Option} ('{file.Path}'); expected the key that the certificate was made for.", e);
        }
    }

    // A key that cannot be read is told apart from one that belongs to another certificate.
    private static void CheckKey(PemFile key, string? password, string? passwordOption)
    {
        foreach (var kind in new Func<AsymmetricAlgorithm>[] { RSA.Create, ECDsa.Create, ECDiffieHellman.Create })
        {
            using var algorithm = kind();
            try
            {
                if (password is null)
                    algorithm.ImportFromPem(key.Text);
                else
                    algorithm.ImportFromEncryptedPem(key.Text, password);
                return;
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                // Of another kind.
            }
        }

        throw key.Wrong(password is null ? ", whose key cannot be read; expected an RSA or ECDSA key." : $", whose key cannot be read with the password in {passwordOption}.");
    }

    private static string Text(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
