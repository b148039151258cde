using System.Globalization;

namespace Inference.Domain.Registry;

/// <summary>What identifies a pipeline.</summary>
/// <param name="Name">Name of the model's folder in the repository.</param>
/// <param name="Version">Positive integer, name of the version's folder.</param>
public readonly record struct PipelineKey(string Name, long Version)
{
    /// <summary>The version as clients write it.</summary>
    public string VersionText => Version.ToString(CultureInfo.InvariantCulture);

    /// <summary>How errors and logs name it: <c>model 'digits' version 2</c>.</summary>
    public string Describe() => $"model {ErrorText.Quote(Name)} version {VersionText}";

    /// <summary>Reads a version as folders and clients write it: digits only, no sign, no leading zero, greater than 0.</summary>
    public static bool TryParseVersion(string text, out long version)
    {
        version = 0;
        return text.Length > 0
            && text[0] != '0'
            && text.All(char.IsAsciiDigit)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out version);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}/{VersionText}";
}
