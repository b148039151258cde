using System.Runtime.InteropServices;

namespace Inference.Infra.OnnxRuntime.Hosting;

/// <summary>
/// Lets the threads that compute stand back behind those that answer. A run takes the processor for milliseconds, a request
/// needs it for microseconds: where both want it, the request goes first, and the run hardly notices.
/// </summary>
internal static partial class ThreadNiceness
{
    /// <summary>The least willing to be put aside.</summary>
    public const int Most = 19;

    private const int Process = 0;
    private const int CallingThread = 0;

    /// <summary>Sets it for the calling thread and those that it starts. Where the system has no such thing, nothing happens.</summary>
    /// <param name="niceness">From 0, like any other thread, to 19.</param>
    public static void Set(int niceness)
    {
        // On Linux it is a property of each thread; elsewhere the call means the whole process.
        if (niceness > 0 && OperatingSystem.IsLinux())
            _ = SetPriority(Process, CallingThread, Math.Min(niceness, Most));
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
