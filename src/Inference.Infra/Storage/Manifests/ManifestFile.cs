using System.Text;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Manifests;

/// <summary>Reads a manifest's file into option nodes, with limits on what is read.</summary>
internal static class ManifestFile
{
    /// <summary>Largest manifest, in bytes; real ones have a few kilobytes.</summary>
    public const int MaxBytes = 1 << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What the file says.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="shown">How errors name it, such as <c>digits/2/pipeline.yaml</c>.</param>
    /// <exception cref="ManifestException">It cannot be read, is too large or is not one plain YAML document.</exception>
    public static OptionNode Read(string path, string shown) => YamlReader.Read(ReadText(path, shown), shown);

    /// <summary>The file's content.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="shown">How errors name it.</param>
    /// <exception cref="ManifestException">It cannot be read, is too large or is not UTF-8.</exception>
    public static string ReadText(string path, string shown)
    {
        try
        {
            return Decode(ReadBounded(path, shown), shown);
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            throw new ManifestException([$"{shown}: the file cannot be read: {ReadError.Describe(e)}"]);
        }
    }

    private static byte[] ReadBounded(string path, string shown)
    {
        // A pipe, which has no length either, would keep the open waiting.
        if (new FileInfo(path) is { Exists: true, Length: 0 })
            return [];
        using var file = File.OpenRead(path);
        var buffer = new byte[Math.Min(file.Length, MaxBytes) + 1];
        var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (length > MaxBytes)
            throw new ManifestException([$"{shown}: the file is larger than {MaxBytes} bytes, which no manifest needs; put vocabularies and labels into files of their own."]);
        return buffer[..length];
    }

    private static string Decode(byte[] content, string shown)
    {
        try
        {
            var text = Strict.GetString(content);
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException e)
        {
            throw new ManifestException([$"{shown}: the file is not UTF-8 (byte {e.Index}); save it as UTF-8."]);
        }
    }
}
