using System.Runtime.InteropServices;

namespace Inference.Infra.Storage;

/// <summary>What tells one content of a file from another without reading it. Links are followed.</summary>
/// <param name="Identity">Tells a folder from another that later stands in its place; empty where the system has no such thing.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedTicks">Last write, UTC.</param>
/// <param name="ChangedTicks">
/// Last change of any kind, UTC, which no program can set back: it also moves when a file is copied with its times, or renamed.
/// </param>
internal readonly partial record struct FileStatus(string Identity, long Size, long ModifiedTicks, long ChangedTicks)
{
    private const int CurrentFolder = -100;
    private const uint Basic = 0x7ff;
    private const long TicksPerSecond = TimeSpan.TicksPerSecond;

    /// <summary>When something of it changed last, by the file system's clock.</summary>
    public DateTime ChangedUtc => new(Math.Clamp(Math.Max(ModifiedTicks, ChangedTicks), 0, DateTime.MaxValue.Ticks), DateTimeKind.Utc);

    /// <summary>Reads it.</summary>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public static FileStatus Of(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                if (Statx(CurrentFolder, path, 0, Basic, out var buffer) == 0)
                    return Create(buffer);
            }
            catch (EntryPointNotFoundException)
            {
                // A C library without it.
            }
        }

        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (info.ResolveLinkTarget(returnFinalTarget: true) is { } target)
            info = target;
        if (!info.Exists)
            throw new FileNotFoundException("there is nothing of that name.");
        var modified = info.LastWriteTimeUtc.Ticks;
        return new FileStatus(string.Empty, info is FileInfo file ? file.Length : 0, modified, modified);
    }

    private static FileStatus Create(in StatxBuffer buffer) => new(
        $"{buffer.DeviceMajor}:{buffer.DeviceMinor}:{buffer.Inode}",
        (long)buffer.Size,
        Ticks(buffer.Modified),
        Ticks(buffer.Changed));

    private static long Ticks(in StatxTime time) => DateTime.UnixEpoch.Ticks + (time.Seconds * TicksPerSecond) + (time.Nanoseconds / 100);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out StatxBuffer buffer);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct StatxTime
    {
        public readonly long Seconds;
        public readonly uint Nanoseconds;
        private readonly int _reserved;
    }

    // The kernel's own layout, the same on every architecture.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private readonly struct StatxBuffer
    {
        [FieldOffset(32)]
        public readonly ulong Inode;

        [FieldOffset(40)]
        public readonly ulong Size;

        [FieldOffset(96)]
        public readonly StatxTime Changed;

        [FieldOffset(112)]
        public readonly StatxTime Modified;

        [FieldOffset(136)]
        public readonly uint DeviceMajor;

        [FieldOffset(140)]
        public readonly uint DeviceMinor;
    }
}
