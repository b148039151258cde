using System.Runtime.InteropServices;
using Inference.Core.Configuration;
using Inference.Core.Threads;

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
    public const int Idle = ExecutionDefaults.IdleNiceness;

    private const int Most = 19;
    private const int Process = 0;

    // How long such a thread means to go on. Long, since a thread that wakes takes the processor at once from one with a longer
    // slice than its own, and else may wait for the kernel's next tick.
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(20);

    /// <summary>Sets it for the calling thread and those that it starts. Where the system has no such thing, nothing happens.</summary>
    /// <param name="niceness">From 0, like any other thread, to 19, or <see cref="Idle"/>.</param>
    public static void Set(int niceness)
    {
        // On Linux it is a property of each thread; elsewhere the call means the whole process.
        if (niceness <= 0 || !OperatingSystem.IsLinux())
            return;
        var most = Math.Min(niceness, Most);
        var scheduling = new ThreadScheduling(niceness >= Idle ? ThreadPolicy.Idle : ThreadPolicy.Ordinary, most, Slice);
        if (!scheduling.TrySet(ThreadScheduling.CallingThread))
            _ = SetPriority(Process, ThreadScheduling.CallingThread, most);
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

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int niceness);
}
