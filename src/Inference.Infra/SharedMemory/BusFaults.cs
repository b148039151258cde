using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Inference.Infra.SharedMemory;

/// <summary>
/// Keeps the process alive when native code touches pages of a mapped object that its owner has cut off, which the kernel
/// answers with SIGBUS: the rest of the mapping gets empty pages of the process's own, the mapping is marked as lost, and the
/// code goes on. It helps native code only: a thread within managed code cannot enter the handler, which is managed itself.
/// Thread-safe.
/// </summary>
internal static unsafe class BusFaults
{
    /// <summary>Mappings that can be watched at once.</summary>
    public const int MostMappings = 4096;

    private static readonly Lock Gate = new();
    private static readonly nuint PageSize = (nuint)Environment.SystemPageSize;
    private static readonly Mapping* Mappings = (Mapping*)NativeMemory.AllocZeroed(MostMappings, (nuint)sizeof(Mapping));
    private static readonly Posix.SignalAction* Previous = (Posix.SignalAction*)NativeMemory.AllocZeroed((nuint)sizeof(Posix.SignalAction));
    private static bool _isInstalled;

    /// <summary>Watches a mapping until <see cref="Forget"/>.</summary>
    /// <param name="start">Its first byte, at the start of a page.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>Its number; below 0 where too many are watched.</returns>
    public static int Watch(nint start, nuint length)
    {
        lock (Gate)
        {
            Install();
            return Add(start, length);
        }
    }

    /// <summary>True where pages of the mapping had to be replaced.</summary>
    public static bool IsLost(int mapping) => Volatile.Read(ref Mappings[mapping].Lost) != 0;

    /// <summary>Watches a mapping no more; to be called before it is unmapped.</summary>
    public static void Forget(int mapping)
    {
        lock (Gate)
            Volatile.Write(ref Mappings[mapping].End, 0);
    }

    private static int Add(nint start, nuint length)
    {
        for (var i = 0; i < MostMappings; i++)
        {
            if (Mappings[i].End != 0)
                continue;
            Mappings[i].Lost = 0;
            Mappings[i].Start = (nuint)start;

            // Last, since the handler may look at any moment.
            Volatile.Write(ref Mappings[i].End, (nuint)start + length);
            return i;
        }

        return -1;
    }

    private static void Install()
    {
        if (_isInstalled)
            return;
        Rehearse();
        var action = default(Posix.SignalAction);
        action.Handler = (nint)(delegate* unmanaged[Cdecl]<int, nint, nint, void>)&OnBusError;

        // On the stack of the thread that faulted: the alternate one that the runtime gives its threads is small.
        action.Flags = Posix.SignalAction.WithInfo;
        if (Posix.SetAction(Posix.BusError, &action, Previous) != 0)
            throw new InvalidOperationException("The handler of bus errors could not be installed.");
        _isInstalled = true;
    }

    // Everything that the handler needs is compiled and bound before it is needed: it may not wait for anything then.
    private static void Rehearse()
    {
        var page = Posix.Map(0, PageSize, Posix.ReadAndWritePages, Posix.PrivateMap | Posix.AnonymousMap, -1, 0);
        if (page == Posix.MapFailed)
            throw new InvalidOperationException("No memory for one page.");
        var mapping = Add(page, PageSize);
        _ = Posix.SetAction(Posix.BusError, null, Previous);
        var info = stackalloc nint[FaultInfo.Words];
        info[FaultInfo.AddressWord] = page;
        ((delegate* unmanaged[Cdecl]<int, nint, nint, void>)&OnBusError)(Posix.BusError, (nint)info, 0);
        Mappings[mapping].End = 0;
        _ = Posix.Unmap(page, PageSize);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OnBusError(int signal, nint info, nint context)
    {
        var address = ((nuint*)info)[FaultInfo.AddressWord];
        for (var i = 0; i < MostMappings; i++)
        {
            var end = Volatile.Read(ref Mappings[i].End);
            if (address < Volatile.Read(ref Mappings[i].Start) || address >= end || end != Volatile.Read(ref Mappings[i].End))
                continue;
            var page = address & ~(PageSize - 1);
            const int flags = Posix.PrivateMap | Posix.AnonymousMap | Posix.FixedMap | Posix.NoReserve;
            Volatile.Write(ref Mappings[i].Lost, 1);
            if (Posix.Map((nint)page, end - page, Posix.ReadAndWritePages, flags, -1, 0) != Posix.MapFailed)
                return;
        }

        // Not ours: the fault happens again and goes to whoever had the signal before.
        _ = Posix.SetAction(Posix.BusError, Previous, null);
    }

    private struct Mapping
    {
        public nuint Start;

        /// <summary>Behind its last byte; 0 where there is no mapping.</summary>
        public nuint End;

        public int Lost;
    }

    /// <summary><c>siginfo_t</c> of a fault, in words of the processor.</summary>
    private static class FaultInfo
    {
        public const int Words = 16;
        public const int AddressWord = 2;
    }
}
