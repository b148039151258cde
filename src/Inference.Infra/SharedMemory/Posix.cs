using System.Runtime.InteropServices;

namespace Inference.Infra.SharedMemory;

/// <summary>The calls of the C library that regions need. Numbers are those of Linux on 64-bit processors.</summary>
internal static unsafe partial class Posix
{
    public const int ReadWrite = 2;
    public const int ShareMap = 1;
    public const int PrivateMap = 2;
    public const int FixedMap = 0x10;
    public const int AnonymousMap = 0x20;
    public const int NoReserve = 0x4000;
    public const int ReadAndWritePages = 3;
    public const int BusError = 7;
    public const int NoSuchFile = 2;
    public const int Interrupted = 4;
    public const int NoAccess = 13;
    public const int TooManyLinks = 40;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int EmptyPath = 0x1000;
    private const uint BasicFields = 0x7ff;

    /// <summary>What <c>mmap</c> returns where it fails.</summary>
    public static readonly nint MapFailed = -1;

    // One of the few numbers that differ between processors.
    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>Opens a file for reading and writing, not through a link, and without waiting for what is no file.</summary>
    /// <returns>A descriptor; below 0 where it fails.</returns>
    public static int OpenFile(string path) => Open(path, ReadWrite | NoFollow | CloseOnExec | NonBlocking);

    /// <summary>What an open file is now; false where that cannot be told.</summary>
    public static bool TryStat(int descriptor, out FileStat stat) => Statx(descriptor, "", EmptyPath, BasicFields, out stat) == 0;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int descriptor, string path, int flags, uint mask, out FileStat stat);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* target, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Write(int descriptor, byte* source, nuint count, long offset);

    /// <summary>Without the last error, so that it may be called while a signal is handled.</summary>
    [LibraryImport("libc", EntryPoint = "mmap")]
    public static partial nint Map(nint address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    public static partial int Unmap(nint address, nuint length);

    /// <summary>Without the last error, so that it may be called while a signal is handled.</summary>
    [LibraryImport("libc", EntryPoint = "sigaction")]
    public static partial int SetAction(int signal, SignalAction* action, SignalAction* previous);

    /// <summary><c>struct statx</c>, which is the same on all processors; only what is needed.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct FileStat
    {
        private const int TypeMask = 0xF000;
        private const int RegularType = 0x8000;

        [FieldOffset(28)]
        private readonly ushort _mode;

        [FieldOffset(32)]
        private readonly ulong _inode;

        [FieldOffset(40)]
        private readonly long _size;

        [FieldOffset(136)]
        private readonly ulong _device;

        public readonly bool IsRegular => (_mode & TypeMask) == RegularType;

        public readonly long Size => _size;

        public readonly UInt128 Id => new(_device, _inode);
    }

    /// <summary><c>struct sigaction</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SignalAction
    {
        /// <summary>Hands the handler the address of a fault.</summary>
        public const int WithInfo = 4;

        public nint Handler;
        public fixed ulong Mask[16];
        public int Flags;
        public nint Restorer;
    }
}
