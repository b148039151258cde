using System.Runtime.InteropServices;

namespace Inference.Infra.OnnxRuntime.Native;

/// <summary>
/// The heap of the GNU C library, which ONNX Runtime's weights and arenas and our pooled tensors come from. With another C library
/// nothing of it is done. Thread-safe.
/// </summary>
internal static unsafe class CLibraryHeap
{
    private const int TrimThreshold = -1;
    private const int MapThreshold = -3;
    private const int ArenaLimit = -8;

    private static readonly nint Library = OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) ? library : 0;
    private static readonly nint TrimCall = Function("malloc_trim");
    private static readonly nint InfoCall = Function("mallinfo2");
    private static readonly nint OptionCall = Function("mallopt");

    /// <summary>There is such a heap.</summary>
    public static bool Exists => TrimCall != 0;

    /// <summary>
    /// From now on blocks of so many bytes and more come from the system one by one, and go back to it when they are freed.
    /// Left alone, the library raises that limit to the largest block that was ever freed, up to 32 MiB, and keeps the pieces of
    /// models that are gone between those of others.
    /// </summary>
    /// <returns>False where there is no such heap, or the environment says how it is to be.</returns>
    public static bool MapBlocksFrom(int bytes) =>
        OptionCall != 0 && !IsSetFromOutside("MALLOC_MMAP_THRESHOLD_", "mmap_threshold") && Option(MapThreshold, bytes) && Option(TrimThreshold, bytes);

    /// <summary>Threads share so many heaps from now on; those that have one of their own already keep it.</summary>
    /// <returns>False where there is no such heap, or the environment says how many there are to be.</returns>
    public static bool LimitArenas(int count) => OptionCall != 0 && !IsSetFromOutside("MALLOC_ARENA_MAX", "arena_max") && Option(ArenaLimit, count);

    /// <summary>Gives pages that hold nothing back to the system. Others who allocate wait for parts of it.</summary>
    /// <returns>False where there were none, or there is no such heap.</returns>
    public static bool Trim() => TrimCall != 0 && ((delegate* unmanaged<nuint, int>)TrimCall)(0) != 0;

    /// <summary>Bytes that are allocated, and bytes that the library keeps for later, of which some may be with the system; null where there is no such heap.</summary>
    public static (long Used, long Free)? Read()
    {
        if (InfoCall == 0)
            return null;
        var info = ((delegate* unmanaged<Info>)InfoCall)();
        return ((long)(info.Used + info.Mapped), (long)info.Free);
    }

    private static bool IsSetFromOutside(string variable, string tunable) =>
        Environment.GetEnvironmentVariable(variable) is not null
        || Environment.GetEnvironmentVariable("GLIBC_TUNABLES")?.Contains($"glibc.malloc.{tunable}", StringComparison.Ordinal) == true;

    private static bool Option(int option, int value) => ((delegate* unmanaged<int, int, int>)OptionCall)(option, value) != 0;

    private static nint Function(string name) => Library != 0 && NativeLibrary.TryGetExport(Library, name, out var function) ? function : 0;

    // struct mallinfo2 of malloc.h.
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Info
    {
        private readonly nuint _arena;
        private readonly nuint _freeBlocks;
        private readonly nuint _fastBlocks;
        private readonly nuint _mappedBlocks;
        public readonly nuint Mapped;
        private readonly nuint _most;
        private readonly nuint _fast;
        public readonly nuint Used;
        public readonly nuint Free;
        private readonly nuint _top;
    }
}
