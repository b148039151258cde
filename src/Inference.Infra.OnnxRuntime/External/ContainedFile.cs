using System.Runtime.InteropServices;
using Inference.Domain.Pipelines;
using Microsoft.Win32.SafeHandles;

namespace Inference.Infra.OnnxRuntime.External;

/// <summary>
/// Opens files within a folder. Where a file lies is asked of what was opened, so that nobody can put a link in its place in
/// between.
/// </summary>
internal static partial class ContainedFile
{
    private const int ReadOnly = 0;
    private const int NonBlocking = 0x800;
    private const int NoTerminal = 0x100;
    private const int CloseOnExec = 0x80000;

    /// <summary>Opens a file for reading.</summary>
    /// <param name="folder">Where it must lie, at any depth.</param>
    /// <param name="name">Its path, relative to the folder.</param>
    /// <exception cref="Domain.InferenceException">It is not there, or lies outside.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle Open(string folder, string name)
    {
        var path = new ArtefactFolder(folder).File(name);
        if (!OperatingSystem.IsLinux())
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);

        // A pipe would keep an ordinary open waiting.
        var file = OpenDescriptor(path);
        try
        {
            using var root = OpenDescriptor(folder);
            return Place(file).StartsWith(Place(root).TrimEnd('/') + '/', StringComparison.Ordinal)
                ? file
                : throw new IOException("it was replaced while it was opened");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static SafeFileHandle OpenDescriptor(string path)
    {
        var descriptor = Open(path, ReadOnly | NonBlocking | NoTerminal | CloseOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
    }

    private static string Place(SafeFileHandle file) =>
        new FileInfo($"/proc/self/fd/{file.DangerousGetHandle()}").LinkTarget ?? throw new IOException("the system does not say where it lies");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
