using Inference.Adapters.Grpc.Errors;
using Inference.Core.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Inference.Adapters.Grpc.Connections;

/// <summary>
/// Ends a connection whose client sends pings and nothing else: asks it to go (GOAWAY) when its allowance is used up, and
/// cuts it off when it has used up as much again. Reads come one after the other; writes may come from other threads.
/// </summary>
internal sealed class PingLimit
{
    // What a ping is answered with, and what else the server may say of itself between two pings: not an answer to a call.
    private const int PingFrameLength = 17;
    private const int SmallTalk = 64;
    private readonly ConnectionContext _connection;
    private readonly int _most;
    private readonly IServerMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly PingAllowance _allowance;
    private long _written;
    private long _answered;
    private long _mark;
    private bool _isAsked;
    private bool _isCutOff;

    public PingLimit(ConnectionContext connection, int most, IServerMetrics metrics, TimeProvider time, ILogger logger)
    {
        _connection = connection;
        _most = most;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _allowance = new PingAllowance(most, time.TimestampFrequency);
        Frames = new FrameWatch(Found, FrameWatch.PrefaceLength);
    }

    /// <summary>Takes what the client sends.</summary>
    public FrameWatch Frames { get; }

    /// <summary>The server wrote so many bytes. One write at a time.</summary>
    public void Wrote(long bytes) => Volatile.Write(ref _written, _written + bytes);

    private void Found(byte type, int length)
    {
        if (type == FrameWatch.Ping)
            Pinged();
        else if (type == FrameWatch.Headers || (type == FrameWatch.Data && length > 0))
            _allowance.Moved();
    }

    private void Pinged()
    {
        var said = Volatile.Read(ref _written) - _answered;
        _answered += PingFrameLength;
        if (said > _mark + SmallTalk)
        {
            _mark = said;
            _allowance.Moved();
        }

        var over = _allowance.Take(_time.GetTimestamp());
        if (over > _most)
            CutOff();
        else if (over > 0 && !_isAsked)
            Ask();
    }

    private void Ask()
    {
        _isAsked = true;
        _metrics.ConnectionEnded(ConnectionEnds.Pings);
        _logger.TooManyPings(_connection.ConnectionId, _most);
        _connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }

    private void CutOff()
    {
        if (_isCutOff)
            return;
        _isCutOff = true;
        _metrics.ConnectionEnded(ConnectionEnds.PingFlood);
        _connection.Abort(new ConnectionAbortedException("The client sent too many pings."));
    }
}
