using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Inference.Infra.Storage;

/// <summary>Stands for the content of files without reading them: names, sizes and times. Collects; not thread-safe.</summary>
/// <param name="takesEverything">Temporary and hidden files count, too, and folders without files.</param>
internal sealed class ContentStamp(bool takesEverything = false)
{
    // A version has a handful; a folder of many more is some other thing that was put there.
    private const int MostFiles = 10_000;
    private const int MostDepth = 16;
    private readonly StringBuilder _text = new();
    private int _files;

    /// <summary>When something of it changed last, by the file system's clock.</summary>
    public DateTime ChangedUtc { get; private set; }

    /// <summary>Bytes of all files.</summary>
    public long Bytes { get; private set; }

    /// <summary>Everything was there, could be read and is no link, so that an equal stamp means that nothing changed.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>Editors, copying programs and file systems leave such files beside the real ones for a while.</summary>
    public static bool IsTemporary(string name) =>
        name.StartsWith('.') || name.StartsWith('#') || name.EndsWith('~')
        || name.EndsWith(".tmp", StringComparison.Ordinal) || name.EndsWith(".part", StringComparison.Ordinal) || name.EndsWith(".swp", StringComparison.Ordinal);

    /// <summary>Adds words, such as a problem.</summary>
    public void Add(string words) => _text.Append(words).Append('\n');

    /// <summary>Adds a file, where it is there.</summary>
    public void AddFile(string name, string path)
    {
        try
        {
            var status = FileStatus.Of(path);
            _text.Append(CultureInfo.InvariantCulture, $"{name}|{status.Size}|{status.ModifiedTicks}|{status.ChangedTicks}\n");
            Bytes += status.Size;
            if (status.ChangedUtc > ChangedUtc)
                ChangedUtc = status.ChangedUtc;
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            IsWhole = false;
            _text.Append(CultureInfo.InvariantCulture, $"{name}|{e.GetType().Name}\n");
        }
    }

    /// <summary>Adds every file below a folder; links to folders are not followed, those to files are.</summary>
    public void AddFolder(string path, string prefix = "", int depth = 0)
    {
        try
        {
            foreach (var entry in new DirectoryInfo(path).EnumerateFileSystemInfos().Where(e => takesEverything || !IsTemporary(e.Name)).OrderBy(e => e.Name, StringComparer.Ordinal))
            {
                if (++_files > MostFiles || depth > MostDepth)
                {
                    IsWhole = false;
                    return;
                }

                IsWhole &= !entry.Attributes.HasFlag(FileAttributes.ReparsePoint);
                if (entry is DirectoryInfo && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                    AddFolderBelow(entry, prefix, depth);
                else
                    AddFile(prefix + entry.Name, entry.FullName);
            }
        }
        catch (Exception e) when (ReadError.Is(e))
        {
            IsWhole = false;
            _text.Append(CultureInfo.InvariantCulture, $"{prefix}|{e.GetType().Name}\n");
        }
    }

    /// <summary>The stamp: equal for equal parts.</summary>
    public override string ToString() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_text.ToString())));

    private void AddFolderBelow(FileSystemInfo folder, string prefix, int depth)
    {
        if (takesEverything)
            _text.Append(prefix).Append(folder.Name).Append('/').Append('\n');
        AddFolder(folder.FullName, $"{prefix}{folder.Name}/", depth + 1);
    }
}
