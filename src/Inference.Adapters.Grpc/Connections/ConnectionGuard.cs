using Inference.Adapters.Grpc.Errors;
using Inference.Core.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>Stands around each connection of a listener: counts it, ends it at its age or when the server stops, stops floods of pings, and reads more slowly where requests are refused. Thread-safe.</summary>
internal sealed class ConnectionGuard(
    ConnectionLimits limits, ClientDeparture departure, ReadMoments moments, IServerMetrics metrics, TimeProvider time, ILogger<ConnectionGuard> logger)
{
    /// <summary>For how long calls may go on after the client has gone: they are told at once, and have nobody to answer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Serves one connection to its end.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var transport = connection.Transport;
        var lingering = new LingeringTransport(transport);
        metrics.ConnectionOpened();
        using var farewell = new Farewell(connection, time);
        using var age = limits.Age > TimeSpan.Zero ? new ConnectionAge(connection, farewell, limits, metrics, time, logger) : null;
        var pace = new ReadPace(moments, time);
        try
        {
            var pings = limits.IdlePings > 0 ? new PingLimit(connection, limits.IdlePings, metrics, time, logger) : null;
            connection.Transport = new WatchedTransport(lingering, farewell, pings, pace);
            connection.Features.Set(farewell);
            connection.Features.Set(pace);
            departure.Add(farewell);
            await ServeAsync(connection, next).ConfigureAwait(false);
            await lingering.EndAsync(time, connection.ConnectionClosed).ConfigureAwait(false);
        }
        finally
        {
            departure.Remove(farewell);
            connection.Transport = transport;
            metrics.ConnectionClosed();
        }
    }

    // The web server can lose count of a connection's calls: where a client that reads nothing has many refused and goes, the last
    // words of some find no place among what is to be written, and their ends are waited for as long as the process lives.
    private async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var served = next(connection);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (connection.ConnectionClosed.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), gone))
            await Task.WhenAny(served, gone.Task).ConfigureAwait(false);
        await served.WaitAsync(Patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (served.IsCompleted)
        {
            await served.ConfigureAwait(false);
            return;
        }

        metrics.ConnectionEnded(ConnectionEnds.Unended);
        logger.ConnectionUnended(connection.ConnectionId, Patience.TotalSeconds);
    }
}
