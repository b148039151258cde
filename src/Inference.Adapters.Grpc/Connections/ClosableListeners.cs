using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>The web server's sockets, of which single ones can stop to listen while the others go on. Thread-safe.</summary>
internal sealed class ClosableListeners(SocketTransportFactory sockets, ILogger<ClosableListeners> logger) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly ConcurrentQueue<IConnectionListener> _listeners = new();

    public bool CanBind(EndPoint endpoint) => sockets.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = new ReadyListener(await sockets.BindAsync(endpoint, cancellationToken).ConfigureAwait(false), logger);
        _listeners.Enqueue(listener);
        return listener;
    }

    /// <summary>Listens on this address no more; connections that there are stay. The web server may close it again.</summary>
    public async Task CloseAsync(EndPoint endpoint)
    {
        foreach (var listener in _listeners.Where(l => l.EndPoint.Equals(endpoint)))
            await listener.UnbindAsync().ConfigureAwait(false);
    }
}
