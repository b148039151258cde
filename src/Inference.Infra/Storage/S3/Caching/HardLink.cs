using System.Runtime.InteropServices;

namespace Inference.Infra.Storage.S3.Caching;

/// <summary>Gives a file a second name, so that its content stays though the first name goes.</summary>
internal static partial class HardLink
{
    /// <summary>Makes <paramref name="path"/> the same file as an existing one; a copy where the file system has no such names.</summary>
    /// <exception cref="IOException">The existing file is not there, or the new one cannot be made.</exception>
    public static void Create(string existing, string path)
    {
        if (OperatingSystem.IsWindows() || Link(existing, path) != 0)
            File.Copy(existing, path);
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existing, string path);
}
