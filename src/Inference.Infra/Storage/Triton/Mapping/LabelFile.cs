using System.Collections.Immutable;
using System.Text;
using Inference.Domain;
using Inference.Domain.Pipelines;

namespace Inference.Infra.Storage.Triton.Mapping;

/// <summary>Reads <c>label_filename</c>: the names of classes, one a line, for answers that ask for the best classes.</summary>
internal static class LabelFile
{
    private const int MaxBytes = 16 << 20;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The labels; none where the field is absent.</summary>
    public static ImmutableArray<string> Read(ConfigContext config, OptionReader tensor)
    {
        const string key = "label_filename";
        if (tensor.Text(key, string.Empty).Length == 0 || ModelFile.Find(config, tensor, key) is not { } path)
            return [];
        try
        {
            if (new FileInfo(path).Length > MaxBytes)
                tensor.Error(key, $"names a file of more than {MaxBytes} bytes, which no labels need.");
            else
                return Labels(config, tensor, Strict.GetString(File.ReadAllBytes(path)));
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            tensor.Error(key, $"names a file that cannot be read: {ReadError.Describe(e)}");
        }
        catch (DecoderFallbackException e)
        {
            tensor.Error(key, $"names a file that is not UTF-8 (byte {e.Index}); save it as UTF-8.");
        }

        return [];
    }

    private static ImmutableArray<string> Labels(ConfigContext config, OptionReader tensor, string text)
    {
        ImmutableArray<string> labels = [.. Lines(text)];
        config.Note($"label_filename: {labels.Length} labels for the best classes of {ErrorText.Quote(tensor.Text("name", string.Empty))}");
        return labels;
    }

    private static IEnumerable<string> Lines(string text)
    {
        using var reader = new StringReader(text.TrimStart('\uFEFF'));
        while (reader.ReadLine() is { } line)
            yield return line;
    }
}
