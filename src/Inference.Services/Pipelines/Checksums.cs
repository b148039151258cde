using System.Security.Cryptography;
using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Services.Pipelines;

/// <summary>Holds the files of a version against the checksums of its manifest.</summary>
internal static class Checksums
{
    /// <summary>Reads every file that has a checksum.</summary>
    /// <exception cref="InferenceException">LoadFailed, naming the file and both checksums.</exception>
    public static void Verify(PipelineManifest manifest, ArtefactFolder folder)
    {
        foreach (var (name, expected) in manifest.Sha256.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            var found = Compute(folder.File(name), name);
            if (found != expected)
                throw new InferenceException(ErrorCode.LoadFailed, $"file {ErrorText.Quote(name)} has the SHA-256 {found}, but {expected} is expected; copy the file again, or correct model.sha256 in pipeline.yaml.");
        }
    }

    private static string Compute(string path, string name)
    {
        try
        {
            // A pipe, which has no length either, would keep the open waiting.
            if (new FileInfo(path) is { Exists: true, Length: 0 })
                return Convert.ToHexStringLower(SHA256.HashData([]));
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InferenceException(ErrorCode.LoadFailed, $"file {ErrorText.Quote(name)} cannot be read to check its SHA-256 ({e.GetType().Name}); give the server the right to read it, and check the disk that it lies on.", e);
        }
    }
}
