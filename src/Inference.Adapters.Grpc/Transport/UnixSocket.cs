using System.Net.Sockets;

namespace Inference.Adapters.Grpc.Transport;

/// <summary>The file of a Unix domain socket.</summary>
public static class UnixSocket
{
    /// <summary>
    /// Makes way for a socket: removes the one that a server left behind which did not stop properly, and which would keep the next from listening.
    /// One on which somebody listens stays, and so does a file that is no socket: listening then fails and tells why.
    /// </summary>
    /// <param name="path">Where it is; nothing needs to be there.</param>
    /// <exception cref="IOException">No socket can be made there.</exception>
    public static void Prepare(string path)
    {
        if (File.Exists(path) && !IsOrdinary(path) && !IsListening(path))
            File.Delete(path);
        if (!Path.Exists(path))
            Try(path);
    }

    // The web server says of such a path no more than the system's error.
    private static void Try(string path)
    {
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Bind(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e)
        {
            throw new IOException($"no Unix domain socket can be made at '{path}' (Server:GrpcSocket): {e.Message}; its folder must be there, and this user must be allowed to write to it.", e);
        }

        File.Delete(path);
    }

    // Sockets are opened by connecting only.
    private static bool IsOrdinary(string path)
    {
        try
        {
            // For reading alone, a named pipe would be waited for until somebody writes to it.
            using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
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
