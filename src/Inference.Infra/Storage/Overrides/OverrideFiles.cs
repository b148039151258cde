using System.Globalization;
using Inference.Domain;
using Inference.Domain.Registry;

namespace Inference.Infra.Storage.Overrides;

/// <summary>Checks the names of files that a load by call brings, and writes them into a private folder.</summary>
internal static class OverrideFiles
{
    private const int MaxFiles = 10_000;
    private const int MaxName = 1024;
    private const int MaxPart = 255;

    /// <summary>Writes the files below a folder.</summary>
    /// <exception cref="InferenceException">InvalidArgument for a name that is none of a version's file.</exception>
    public static void Write(string folder, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
    {
        if (files.Count > MaxFiles)
            throw InferenceException.InvalidArgument(string.Create(CultureInfo.InvariantCulture, $"the call brings {files.Count} files; expected at most {MaxFiles}."));
        foreach (var name in files.Keys)
            Check(name, files);
        foreach (var (name, content) in files)
        {
            var path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var file = File.Create(path);
            file.Write(content.Span);
        }
    }

    private static void Check(string name, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files)
    {
        var parts = name.Split('/');
        if (name.Length > MaxName || parts.Length < 2 || !parts.All(IsPart) || !PipelineKey.TryParseVersion(parts[0], out _))
            throw InferenceException.InvalidArgument($"parameter {ErrorText.Quote("file:" + name)} names no file of a version; expected file:<version>/<path>, such as file:1/model.onnx, without '..', '.', empty or hidden parts and backslashes.");
        for (var length = 1; length < parts.Length; length++)
        {
            var above = string.Join('/', parts.Take(length));
            if (files.ContainsKey(above))
                throw InferenceException.InvalidArgument($"parameters {ErrorText.Quote("file:" + above)} and {ErrorText.Quote("file:" + name)} cannot both be: one would be a file and a folder; rename one of them.");
        }
    }

    // Hidden names are passed over where models are read, so that such a file would have no effect.
    private static bool IsPart(string part) =>
        part.Length is > 0 and <= MaxPart && part[0] != '.' && !part.Contains('\\', StringComparison.Ordinal) && !part.Any(char.IsControl);
}
