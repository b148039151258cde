using System.Security.Cryptography;
using System.Text;
using Inference.Core.Configuration;

namespace Inference.Core.Certificates;

/// <summary>What the files of TLS held when they were read one after the other.</summary>
/// <param name="Certificate">Null where it could not be read.</param>
/// <param name="Key">Null where it could not be read.</param>
/// <param name="Password">Null where there is none.</param>
/// <param name="Authorities">Null where there are none.</param>
/// <param name="Fingerprint">Of all contents, and of what could not be read.</param>
/// <param name="Errors">What could not be read.</param>
internal sealed record TlsFiles(PemFile? Certificate, PemFile? Key, PemFile? Password, PemFile? Authorities, string Fingerprint, IReadOnlyList<string> Errors)
{
    /// <summary>The section of the configuration that names them.</summary>
    public const string Section = $"{InferenceOptions.Root}:Tls";

    public static TlsFiles Read(TlsOptions options)
    {
        var errors = new List<string>();
        var certificate = Read(nameof(options.CertificatePath), options.CertificatePath, errors);
        var key = Read(nameof(options.KeyPath), options.KeyPath, errors);
        var password = Read(nameof(options.KeyPasswordPath), options.KeyPasswordPath, errors);
        var authorities = Read(nameof(options.ClientCaPath), options.ClientCaPath, errors);
        return new TlsFiles(certificate, key, password, authorities, Hash(certificate, key, password, authorities), errors);
    }

    private static PemFile? Read(string key, string path, List<string> errors)
    {
        try
        {
            return path.Length == 0 ? null : PemFile.Read($"{Section}:{key}", path);
        }
        catch (PemException e)
        {
            errors.Add(e.Message);
            return null;
        }
    }

    private static string Hash(params ReadOnlySpan<PemFile?> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(BitConverter.GetBytes(file?.Text.Length ?? -1));
            hash.AppendData(Encoding.UTF8.GetBytes(file?.Text ?? string.Empty));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
