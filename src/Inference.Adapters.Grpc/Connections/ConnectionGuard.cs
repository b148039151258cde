using Inference.Core.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>Stands around each connection of a listener: counts it, ends it at its age, and stops floods of pings. Thread-safe.</summary>
internal sealed class ConnectionGuard(ConnectionLimits limits, IServerMetrics metrics, TimeProvider time, ILogger<ConnectionGuard> logger)
{
    /// <summary>Serves one connection to its end.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var transport = connection.Transport;
        var lingering = new LingeringTransport(transport);
        metrics.ConnectionOpened();
        using var age = limits.Age > TimeSpan.Zero ? new ConnectionAge(connection, limits, metrics, time, logger) : null;
        try
        {
            connection.Transport = lingering;
            if (limits.IdlePings > 0)
                connection.Transport = new WatchedTransport(lingering, new PingLimit(connection, limits.IdlePings, metrics, time, logger));
            await next(connection).ConfigureAwait(false);
            await lingering.EndAsync(time, connection.ConnectionClosed).ConfigureAwait(false);
        }
        finally
        {
            connection.Transport = transport;
            metrics.ConnectionClosed();
        }
    }
}
