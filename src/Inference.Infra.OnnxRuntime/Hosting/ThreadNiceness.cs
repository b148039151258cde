using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Inference.Infra.OnnxRuntime.Hosting;

/// <summary>
/// Lets the threads that compute stand back behind those that answer. A run takes the processor for milliseconds, a request
/// needs it for microseconds: where both want it, the request goes first, and the run hardly notices.
/// </summary>
internal static partial class ThreadNiceness
{
    /// <summary>
    /// Runs only where nobody else wants the processor, by a policy of the kernel's own (SCHED_IDLE). A thread that wakes takes the
    /// processor from such a one at once; from one of niceness 19 it may have to wait for milliseconds until that has had its turn.
    /// </summary>
    public const int Idle = 20;

    private const int Most = 19;
    private const uint IdlePolicy = 5;

    // Nanoseconds for which such a thread means to go on. Long, since a thread that wakes takes the processor at once from one
    // with a longer slice than its own, and else may wait for the kernel's next tick. Kernels before 6.12 choose by themselves.
    private const ulong Slice = 20_000_000;
    private const int Process = 0;
    private const int CallingThread = 0;

    /// <summary>Sets it for the calling thread and those that it starts. Where the system has no such thing, nothing happens.</summary>
    /// <param name="niceness">From 0, like any other thread, to 19, or <see cref="Idle"/>.</param>
    public static void Set(int niceness)
    {
        // On Linux it is a property of each thread; elsewhere the call means the whole process.
        if (niceness <= 0 || !OperatingSystem.IsLinux())
            return;
        var attributes = new Attributes
        {
            Size = (uint)Unsafe.SizeOf<Attributes>(),
            Policy = niceness >= Idle ? IdlePolicy : 0,
            Nice = Math.Min(niceness, Most),
            Slice = Slice,
        };
        if (SetAttributesCall() is not { } call || SystemCall(call, CallingThread, ref attributes, 0) != 0)
            _ = SetPriority(Process, CallingThread, attributes.Nice);
    }

    /// <summary>Runs something on a thread of its own, so that what it starts is that nice.</summary>
    public static T Run<T>(int niceness, Func<T> action)
    {
        if (niceness <= 0)
            return action();
        T result = default!;
        Exception? error = null;
        var thread = new Thread(() =>
        {
            Set(niceness);
            try
            {
                result = action();
            }
            catch (Exception e)
            {
                error = e;
            }
        });
        thread.Start();
        thread.Join();
        if (error is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        return result;
    }

    // The C library has no function for it.
    private static nint? SetAttributesCall() => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 314,
        Architecture.Arm64 => 274,
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint thread, ref Attributes attributes, nint flags);

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int niceness);

    // What sched_setattr takes; the ordinary policy is 0.
    private struct Attributes
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
