using System.Collections.Concurrent;
using Inference.Core.Lifecycle;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>Knows the listeners and connections of gRPC, and sends all of their clients away when the server stops. Thread-safe.</summary>
internal sealed class ClientDeparture(ClosableListeners listeners, TimeProvider time) : IClientDeparture
{
    // Those that have read the GOAWAY and have no calls under way close at once; calls under way are waited for elsewhere.
    private static readonly TimeSpan Limit = Farewell.Quiet + TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<Farewell, bool> _connections = new();
    private readonly ConcurrentQueue<ListenOptions> _listens = new();
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isLeaving;

    /// <summary>A listener whose address is known once it listens.</summary>
    public void Add(ListenOptions listen) => _listens.Enqueue(listen);

    /// <summary>A connection was made.</summary>
    public void Add(Farewell connection)
    {
        _connections[connection] = true;
        if (_isLeaving)
            connection.Ask();
    }

    /// <summary>A connection has ended.</summary>
    public void Remove(Farewell connection)
    {
        _connections.TryRemove(connection, out _);
        EndIfGone();
    }

    public async Task SendAwayAsync(CancellationToken cancellation)
    {
        foreach (var listen in _listens)
            await listeners.CloseAsync(listen.EndPoint).ConfigureAwait(false);
        _isLeaving = true;
        foreach (var (connection, _) in _connections)
            connection.Ask();
        EndIfGone();
        await _gone.Task.WaitAsync(Limit, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void EndIfGone()
    {
        if (_isLeaving && _connections.IsEmpty)
            _gone.TrySetResult();
    }
}
