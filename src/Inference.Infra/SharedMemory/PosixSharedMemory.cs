using System.ComponentModel;
using System.Runtime.InteropServices;
using Inference.Domain;
using Inference.Domain.SharedMemory;

namespace Inference.Infra.SharedMemory;

/// <summary>POSIX shared memory objects, as Linux has them: files below <c>/dev/shm</c>. Thread-safe.</summary>
/// <param name="keyPrefix">What names of objects must begin with; empty for any.</param>
public sealed class PosixSharedMemory(string keyPrefix) : ISystemSharedMemory
{
    /// <inheritdoc/>
    public string? Unavailable { get; } = OperatingSystem.IsLinux() && Environment.Is64BitProcess ? null : "it needs Linux on a 64-bit processor";

    /// <inheritdoc/>
    public SharedRegion Open(string name, string key, long offset, long byteSize)
    {
        var path = ObjectKey.ToPath(key, keyPrefix);
        var descriptor = Posix.OpenFile(path);
        if (descriptor < 0)
            throw NotOpened(key, Marshal.GetLastPInvokeError());
        try
        {
            return PosixRegion.Map(name, key, descriptor, offset, byteSize);
        }
        catch
        {
            _ = Posix.Close(descriptor);
            throw;
        }
    }

    private static InferenceException NotOpened(string key, int error) => error switch
    {
        Posix.NoSuchFile => new InferenceException(ErrorCode.RegionNotFound, $"there is no shared memory object {ErrorText.Quote(key)} in {ObjectKey.Folder}; create it before it is registered, in the server's container where it runs in one."),
        Posix.NoAccess => InferenceException.InvalidArgument($"shared memory object {ErrorText.Quote(key)} may not be read and written by the server's user; give it those rights."),
        Posix.TooManyLinks => InferenceException.InvalidArgument($"shared memory object {ErrorText.Quote(key)} is a link, which is not followed; give the object's own name."),
        _ => InferenceException.InvalidArgument($"shared memory object {ErrorText.Quote(key)} cannot be opened: {new Win32Exception(error).Message}."),
    };
}
