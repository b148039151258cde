using System.Net;
using System.Net.Sockets;
using Inference.Adapters.Grpc.Transport;

namespace Inference.Adapters.Grpc.Tests.Transport;

/// <summary>Which thread reads from a socket, by the name that the runtime gives its threads.</summary>
[CancelAfter(60_000)]
public sealed class ReadySocketsTests
{
    private const string EventThread = ".NET Sockets";

    [Test]
    public async Task TryAdd_Socket_IsReadByTheThreadThatLearnsOfItsBytes(CancellationToken timeout)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!, timeout);
        using var server = await listener.AcceptAsync(timeout);

        // Nothing is there when it begins to read, so that an event ends it.
        var before = await ReaderAsync(server, client, timeout);
        var isKnown = ReadySockets.TryAdd(server);
        var after = await ReaderAsync(server, client, timeout);

        Assert.That((before == EventThread, isKnown, after), Is.EqualTo((false, true, EventThread)));
    }

    // The name of the thread on which the read of a byte ended.
    private static async Task<string?> ReaderAsync(Socket server, Socket client, CancellationToken timeout)
    {
        var ended = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var read = new SocketAsyncEventArgs();
        read.SetBuffer(new byte[1]);
        read.Completed += (_, _) => ended.TrySetResult(Thread.CurrentThread.Name);
        Assert.That(server.ReceiveAsync(read), Is.True, "waits");
        await client.SendAsync(new byte[1], timeout);
        return await ended.Task.WaitAsync(timeout);
    }
}
