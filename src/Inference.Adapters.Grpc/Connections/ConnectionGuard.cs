using Inference.Core.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>Stands around each connection of a listener: counts it, ends it at its age or when the server stops, and stops floods of pings. Thread-safe.</summary>
internal sealed class ConnectionGuard(ConnectionLimits limits, ClientDeparture departure, IServerMetrics metrics, TimeProvider time, ILogger<ConnectionGuard> logger)
{
    /// <summary>Serves one connection to its end.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var transport = connection.Transport;
        var lingering = new LingeringTransport(transport);
        metrics.ConnectionOpened();
        using var farewell = new Farewell(connection, time);
        using var age = limits.Age > TimeSpan.Zero ? new ConnectionAge(connection, farewell, limits, metrics, time, logger) : null;
        try
        {
            connection.Transport = new WatchedTransport(lingering, farewell, limits.IdlePings > 0 ? new PingLimit(connection, limits.IdlePings, metrics, time, logger) : null);
            connection.Features.Set(farewell);
            departure.Add(farewell);
            await next(connection).ConfigureAwait(false);
            await lingering.EndAsync(time, connection.ConnectionClosed).ConfigureAwait(false);
        }
        finally
        {
            departure.Remove(farewell);
            connection.Transport = transport;
            metrics.ConnectionClosed();
        }
    }
}
