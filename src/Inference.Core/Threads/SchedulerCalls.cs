using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Inference.Core.Threads;

/// <summary>The kernel's calls, which the C library has no functions for, on the architectures that the server runs on.</summary>
internal static partial class SchedulerCalls
{
    private static readonly (nint Set, nint Get)? Numbers = !OperatingSystem.IsLinux() ? null : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (314, 315),
        Architecture.Arm64 => (274, 275),
        _ => null,
    };

    public static Attributes? Read(int thread)
    {
        var attributes = default(Attributes);
        return Numbers is { } numbers && Get(numbers.Get, thread, ref attributes, Unsafe.SizeOf<Attributes>(), 0) == 0 ? attributes : null;
    }

    public static bool Write(int thread, Attributes attributes)
    {
        attributes.Size = (uint)Unsafe.SizeOf<Attributes>();
        return Numbers is { } numbers && Set(numbers.Set, thread, ref attributes, 0) == 0;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Set(nint number, nint thread, ref Attributes attributes, nint flags);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Get(nint number, nint thread, ref Attributes attributes, nint size, nint flags);

    /// <summary>What sched_setattr and sched_getattr take; times are in nanoseconds.</summary>
    public struct Attributes
    {
        public uint Size;
        public uint Policy;
        public ulong Flags;
        public int Nice;
        public uint Priority;
        public ulong Slice;
        public ulong Deadline;
        public ulong Period;
    }
}
