using System.Runtime.InteropServices;

namespace Inference.Functional.Tests.Hosting;

/// <summary>
/// A ConfigMap or a secret as Kubernetes mounts it: files are links through ..data, a link to a folder with a time in its name, and a change
/// puts another folder behind ..data in one step.
/// </summary>
internal sealed partial class MountedFolder
{
    private readonly string _root;
    private int _version;

    /// <param name="root">Where it is mounted; exists.</param>
    /// <param name="write">Writes the first content to a folder.</param>
    /// <param name="names">The files.</param>
    public MountedFolder(string root, Action<string> write, params string[] names)
    {
        _root = root;
        Swap(write);
        foreach (var name in names)
            File.CreateSymbolicLink(Path.Combine(root, name), Path.Combine("..data", name));
    }

    /// <summary>Puts what is written to a new folder in the place of what was there.</summary>
    public void Swap(Action<string> write)
    {
        var name = $"..2026_{++_version}";
        var folder = Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
        write(folder);
        var (next, data) = (Path.Combine(_root, "..data_tmp"), Path.Combine(_root, "..data"));
        File.CreateSymbolicLink(next, name);
        if (Rename(next, data) != 0)
            throw new IOException($"{next} was not renamed: error {Marshal.GetLastPInvokeError()}");
    }

    // The library would look at what the link leads to.
    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Rename(string from, string to);
}
