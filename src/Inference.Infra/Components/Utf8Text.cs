using System.Text;
using System.Text.Unicode;
using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Components;

/// <summary>Shows client bytes in error texts, and reads files of one word a line.</summary>
internal static class Utf8Text
{
    /// <summary>Largest vocabulary or label file, in bytes.</summary>
    public const int MaxFileBytes = 64 << 20;

    private const int MaxShownBytes = 4 * ErrorText.MaxNameLength;

    /// <summary>The bytes as quoted, bounded text; what is not UTF-8 shows as U+FFFD.</summary>
    public static string Quote(ReadOnlySpan<byte> value) =>
        value.Length <= MaxShownBytes
            ? ErrorText.Quote(Encoding.UTF8.GetString(value))
            : $"{ErrorText.Quote(Encoding.UTF8.GetString(value[..MaxShownBytes]))} of {value.Length} bytes";

    /// <summary>Throws unless the bytes are UTF-8.</summary>
    /// <exception cref="InferenceException">InvalidArgument, naming tensor and row.</exception>
    public static void Require(ReadOnlySpan<byte> value, string tensor, long row)
    {
        if (!Utf8.IsValid(value))
            throw InferenceException.InvalidArgument($"input {ErrorText.Quote(tensor)} row {row} (from 0) is not UTF-8: {Quote(value)}; send text as UTF-8.");
    }

    /// <summary>
    /// The lines of the file that option <paramref name="key"/> names, without line ends, a byte order mark and the empty
    /// rest after the last line end; null, with the mistake noted, where it cannot be read.
    /// </summary>
    public static IReadOnlyList<string>? Lines(OptionReader options, string key, string file, ArtefactFolder folder)
    {
        try
        {
            var path = folder.File(file);
            if (new FileInfo(path).Length > MaxFileBytes)
                throw InferenceException.InvalidArgument($"file {ErrorText.Quote(file)} is larger than {MaxFileBytes} bytes.");
            var content = File.ReadAllBytes(path);
            return Utf8.IsValid(content)
                ? Split(Encoding.UTF8.GetString(content))
                : throw InferenceException.InvalidArgument($"file {ErrorText.Quote(file)} is not UTF-8; save it as UTF-8.");
        }
        catch (Exception e) when (e is InferenceException or IOException or UnauthorizedAccessException)
        {
            options.Error(key, $"cannot be used: {e.Message}");
            return null;
        }
    }

    // Only line feeds separate: vocabularies hold other separators of Unicode as words.
    private static List<string> Split(string text)
    {
        var lines = text.TrimStart('\uFEFF').Split('\n').Select(l => l.EndsWith('\r') ? l[..^1] : l).ToList();
        if (lines[^1].Length == 0)
            lines.RemoveAt(lines.Count - 1);
        return lines;
    }
}
