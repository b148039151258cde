using System.Collections.Frozen;
using System.Security.Cryptography;
using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Manifests;

/// <summary>
/// Reads <c>model.sha256</c> of <c>pipeline.yaml</c>: the checksum of the artefact, or a section with one for each file, for
/// models whose weights stand in files of their own.
/// </summary>
internal static class ChecksumReader
{
    private const string Key = "sha256";
    private const int Digits = 2 * SHA256.HashSizeInBytes;

    /// <summary>Checksums by file name. Mistakes are added to <paramref name="section"/>.</summary>
    /// <param name="section">The section <c>model</c>.</param>
    /// <param name="modelFile">The artefact, which a single checksum belongs to.</param>
    public static FrozenDictionary<string, string> Read(OptionReader section, string modelFile)
    {
        if (section.Find(Key) is not { } node)
            return FrozenDictionary<string, string>.Empty;
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        if (node.Kind == OptionKind.Section)
        {
            foreach (var (file, checksum) in node.Entries)
                Add(section, found, file, checksum);
        }
        else
        {
            Add(section, found, modelFile, node);
        }

        return found.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static void Add(OptionReader section, Dictionary<string, string> found, string file, OptionNode checksum)
    {
        if (file.Length == 0)
            section.Error(Key, "has a checksum without a file; give file: checksum.");
        else if (checksum.Kind == OptionKind.Scalar && checksum.Text.Length == Digits && checksum.Text.All(char.IsAsciiHexDigit))
            found[file] = checksum.Text.ToLowerInvariant();
        else
            section.Error(Key, $"of {ErrorText.Quote(file)} (line {checksum.Location.Line}) is {ErrorText.Quote(checksum.Text)}; expected {Digits} hexadecimal digits, as sha256sum prints them.");
    }
}
