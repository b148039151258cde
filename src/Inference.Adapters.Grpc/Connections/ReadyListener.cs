using System.Net;
using Inference.Adapters.Grpc.Errors;
using Inference.Adapters.Grpc.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>Has the sockets of accepted connections read as <see cref="ReadySockets"/> says. Thread-safe as the inner one is.</summary>
internal sealed class ReadyListener(IConnectionListener inner, ILogger logger) : IConnectionListener
{
    private bool _isTold;

    public EndPoint EndPoint => inner.EndPoint;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        var connection = await inner.AcceptAsync(cancellationToken).ConfigureAwait(false);
        if (connection?.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket && !ReadySockets.TryAdd(socket) && !_isTold)
        {
            _isTold = true;
            logger.SocketsNotReady();
        }

        return connection;
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => inner.UnbindAsync(cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
