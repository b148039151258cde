using System.Runtime.InteropServices;

namespace Inference.Adapters.Cli.Bench.Measure;

/// <summary>
/// Sleeps for less than a millisecond, which the framework cannot and an open loop of thousands a second needs: spinning
/// would take a core from the server.
/// </summary>
internal static partial class FineSleep
{
    // Shorter sleeps would cost more in switches than they give in precision.
    private static readonly TimeSpan Least = TimeSpan.FromMicroseconds(100);

    /// <summary>Blocks the thread for about this long; at least 100 microseconds.</summary>
    public static void For(TimeSpan duration)
    {
        var length = duration < Least ? Least : duration;
        if (OperatingSystem.IsWindows())
        {
            Thread.Sleep(length < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : length);
            return;
        }

        var request = new Timespec
        {
            Seconds = (nint)(length.Ticks / TimeSpan.TicksPerSecond),
            Nanoseconds = (nint)(length.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick),
        };

        // A signal may cut it short; the loop that sleeps looks at the clock anyway.
        _ = NanoSleep(in request, 0);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NanoSleep(in Timespec request, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
