using System.Net.Sockets;

namespace Inference.Adapters.Grpc.Transport;

/// <summary>The file of a Unix domain socket.</summary>
public static class UnixSocket
{
    /// <summary>
    /// Removes the socket that a server left behind which did not stop properly, and which would keep the next from listening.
    /// One on which somebody listens stays, and so does a file that is no socket: listening then fails and tells why.
    /// </summary>
    /// <param name="path">Where it is; nothing needs to be there.</param>
    public static void RemoveStale(string path)
    {
        if (File.Exists(path) && !IsOrdinary(path) && !IsListening(path))
            File.Delete(path);
    }

    // Sockets are opened by connecting only.
    private static bool IsOrdinary(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool IsListening(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode != SocketError.ConnectionRefused;
        }
    }
}
