using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Inference.Adapters.Grpc.Transport;

/// <summary>
/// Has the thread that the system tells of bytes read them as well. Else it hands each of these events to another thread, which reads
/// and hands over once more to whoever waits: for a tensor that arrives in dozens of pieces the first is a good part of the work.
/// What the web server does with the bytes is still done elsewhere, so that nothing keeps those threads. Thread-safe.
/// </summary>
internal static class ReadySockets
{
    // Of the environment: how many threads the runtime has for events of sockets. It looks once, before its first socket.
    private const string ThreadsVariable = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";

    private static volatile bool _isUnknown;

    /// <summary>
    /// Sets the number of those threads to half of the processors, unless the environment has one: by itself the runtime has one for
    /// thirty, which is enough where they do not read.
    /// </summary>
    public static void SetThreads(int processors)
    {
        if (Environment.GetEnvironmentVariable(ThreadsVariable) is null)
            Environment.SetEnvironmentVariable(ThreadsVariable, Math.Max(1, processors / 2).ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Has a socket read so. The runtime offers it for all sockets of a process, clients of others included, or for none.</summary>
    /// <returns>False where the runtime does not know it, which leaves the socket as it is.</returns>
    public static bool TryAdd(Socket socket)
    {
        if (_isUnknown)
            return false;
        try
        {
            ReadOnEventThread(socket, true);
            return true;
        }
        catch (MissingMethodException)
        {
            _isUnknown = true;
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_PreferInlineCompletions")]
    private static extern void ReadOnEventThread(Socket socket, bool value);
}
