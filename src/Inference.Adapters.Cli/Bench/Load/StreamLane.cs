using System.Buffers.Binary;
using System.Buffers.Text;
using Grpc.Core;
using Inference.Adapters.Cli.Bench.Http2;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>Sends requests on one ModelStreamInfer call, each with an id by which its answers are found.</summary>
internal sealed class StreamLane : Http2Call, ILane
{
    private const byte IdTag = (3 << 3) | 2;
    private const int IdDigits = 8, MostId = 99_999_999;
    private readonly Http2Connection _connection;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Exchange> _underWay = [];
    private readonly Action _stray;
    private int _lastId;
    private bool _isOpen;

    /// <summary>Opens the stream.</summary>
    /// <param name="connection">The lane's from here on.</param>
    /// <param name="headers">Of the call.</param>
    /// <param name="stray">Told of every answer that belongs to no request under way.</param>
    public StreamLane(Http2Connection connection, byte[] headers, Action stray)
    {
        (_connection, _stray) = (connection, stray);
        _isOpen = true;
        _isOpen = connection.TryStart(this, headers);
        connection.Flush();
    }

    public bool IsOpen => _isOpen && _connection.IsOpen;

    protected override bool KeepsMessages => true;

    public bool TrySend(Exchange exchange)
    {
        var message = exchange.Template!.Message;
        var head = exchange.Head ??= new byte[RequestTemplate.PrefixSize + IdDigits + 2];
        int id;
        lock (_gate)
        {
            if (!_isOpen)
                return false;
            id = _lastId = (_lastId % MostId) + 1;
            exchange.Lane = this;
            exchange.IsUnderWay = true;
            _underWay.Add(id, exchange);
        }

        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(1), head.Length - RequestTemplate.PrefixSize + message.Length);
        head[RequestTemplate.PrefixSize] = IdTag;
        head[RequestTemplate.PrefixSize + 1] = IdDigits;
        Utf8Formatter.TryFormat(id, head.AsSpan(RequestTemplate.PrefixSize + 2), out _, new System.Buffers.StandardFormat('D', IdDigits));

        // Where the stream ends meanwhile, the request has ended with it.
        return _connection.TryAdd(this, head, message) || !TryTake(id, out _);
    }

    public void Flush() => _connection.Flush();

    public void Abort(Exchange exchange, long dueBefore, Status status, long now)
    {
        bool found;
        lock (_gate)
        {
            var id = _underWay.FirstOrDefault(u => u.Value == exchange && exchange.Due < dueBefore).Key;
            found = id != 0 && _underWay.Remove(id);
            exchange.IsUnderWay &= !found;
        }

        if (found)
            exchange.Owner.Completed(exchange, status, now);
    }

    public void Close()
    {
        _connection.Complete(this);
        _connection.Flush();
        _connection.Dispose();
    }

    public override void Ended(Status status, long now)
    {
        List<Exchange> open;
        lock (_gate)
        {
            _isOpen = false;
            open = [.. _underWay.Values];
            _underWay.Clear();
        }

        var ended = status.StatusCode == StatusCode.OK ? new Status(StatusCode.Internal, "the stream ended without an answer to this request.") : status;
        foreach (var exchange in open)
        {
            exchange.IsUnderWay = false;
            exchange.Owner.Completed(exchange, ended, now);
        }
    }

    protected override void Message(ReadOnlySpan<byte> message, int length, long now)
    {
        var answer = StreamAnswer.Read(message);
        Exchange? exchange;
        lock (_gate)
        {
            if (_underWay.TryGetValue(answer.Id, out exchange) && answer.IsLast)
                _underWay.Remove(answer.Id);
        }

        if (exchange is null)
        {
            _stray();
            return;
        }

        exchange.Owner.Answered(exchange, answer.IsError ? default : answer.Content(message));
        if (!answer.IsLast)
            return;
        exchange.IsUnderWay = false;
        exchange.Owner.Completed(exchange, answer.IsError ? new Status(StatusCode.Unknown, StreamAnswer.Error(message)) : Status.DefaultSuccess, now);
    }

    private bool TryTake(int id, out Exchange? exchange)
    {
        lock (_gate)
        {
            if (_underWay.Remove(id, out exchange))
                exchange.IsUnderWay = false;
            return exchange is not null;
        }
    }
}
