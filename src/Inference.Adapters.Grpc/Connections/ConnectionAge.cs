using Inference.Adapters.Grpc.Errors;
using Inference.Core.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>
/// Ends one connection at its age: GOAWAY tells the client to make another for its next call, and the connection closes when
/// the calls under way have ended. Ages are spread, so that clients which came together do not all come again together.
/// </summary>
internal sealed class ConnectionAge : IDisposable
{
    private const double Spread = 0.1;
    private readonly ConnectionContext _connection;
    private readonly Farewell _farewell;
    private readonly ConnectionLimits _limits;
    private readonly IServerMetrics _metrics;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private bool _isAsked;

    /// <summary>Begins to count.</summary>
    public ConnectionAge(ConnectionContext connection, Farewell farewell, ConnectionLimits limits, IServerMetrics metrics, TimeProvider time, ILogger logger)
    {
        _connection = connection;
        _farewell = farewell;
        _limits = limits;
        _metrics = metrics;
        _logger = logger;
        _timer = time.CreateTimer(static state => ((ConnectionAge)state!).Due(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _timer.Change(limits.Age * (1 + (Spread * ((2 * Random.Shared.NextDouble()) - 1))), Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void Due()
    {
        if (_isAsked)
        {
            _metrics.ConnectionEnded(ConnectionEnds.Grace);
            _logger.ConnectionCutOff(_connection.ConnectionId, _limits.Grace.TotalSeconds);
            _connection.Abort(new ConnectionAbortedException("The time that calls had after the age of their connection is over."));
            return;
        }

        _isAsked = true;
        _metrics.ConnectionEnded(ConnectionEnds.Age);
        _farewell.Ask();
        if (_limits.Grace > TimeSpan.Zero)
            _timer.Change(_limits.Grace, Timeout.InfiniteTimeSpan);
    }
}
