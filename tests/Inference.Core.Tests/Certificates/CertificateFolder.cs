using Inference.Core.Configuration;

namespace Inference.Core.Tests.Certificates;

/// <summary>A folder with the files of a server.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("inference-tls-");

    public string Root => _folder.FullName;

    public TlsOptions Options => new() { CertificatePath = At("tls.crt"), KeyPath = At("tls.key") };

    public string At(string name) => Path.Combine(Root, name);

    /// <summary>Writes a file, and tells where it is.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
