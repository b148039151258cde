using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Inference.Adapters.Grpc.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Inference.Adapters.Grpc.Tests.Connections;

[CancelAfter(60_000)]
public sealed class ClosableListenersTests
{
    [Test]
    public async Task Accept_Connection_IsReadByTheThreadThatLearnsOfItsBytes(CancellationToken timeout)
    {
        var listeners = new ClosableListeners(new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance), NullLogger<ClosableListeners>.Instance);
        await using var listener = await listeners.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), timeout);
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.EndPoint, timeout);
        await using var connection = await listener.AcceptAsync(timeout);

        var socket = connection!.Features.Get<IConnectionSocketFeature>()!.Socket;
        var property = typeof(SafeSocketHandle).GetProperty("PreferInlineCompletions", BindingFlags.Instance | BindingFlags.NonPublic)!;
        Assert.That((property.GetValue(socket.SafeHandle), property.GetValue(client.SafeHandle)), Is.EqualTo((true, false)));
    }
}
