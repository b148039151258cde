using System.Text;

namespace Inference.Infra.Storage.S3;

/// <summary>Tells keys that can be files of a folder from those that cannot. Whoever may write to a bucket may choose any key.</summary>
internal static class ObjectPath
{
    private const int LongestPart = 255;
    private const char Unreadable = '\uFFFD';

    /// <summary>True for the name of one file or folder, on every file system, which leads nowhere else.</summary>
    public static bool IsPart(string part) =>
        part.Length > 0
        && part is not ("." or "..")
        && part.Length <= LongestPart && Encoding.UTF8.GetByteCount(part) <= LongestPart
        && !part.Any(c => c is '\\' or Unreadable || char.IsControl(c))
        && IsWellFormed(part);

    /// <summary>True where every part of a path is a name, so that it lies below the folder that it is put to.</summary>
    public static bool IsUsable(IReadOnlyList<string> parts) => parts.All(IsPart);

    private static bool IsWellFormed(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                return false;
            i++;
        }

        return true;
    }
}
