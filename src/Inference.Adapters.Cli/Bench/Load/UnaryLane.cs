using Grpc.Core;
using Inference.Adapters.Cli.Bench.Http2;

namespace Inference.Adapters.Cli.Bench.Load;

/// <summary>Sends each request as a call of its own.</summary>
internal sealed class UnaryLane(Http2Connection connection, byte[] headers) : ILane
{
    public bool IsOpen => connection.IsOpen;

    public bool TrySend(Exchange exchange)
    {
        exchange.Lane = this;
        exchange.IsUnderWay = true;
        var call = exchange.Call ??= new UnaryCall(exchange);
        call.Add(exchange.Template!.Frame);
        call.Complete();
        if (connection.TryStart(call, headers))
            return true;
        call.End();
        return exchange.IsUnderWay = false;
    }

    public void Flush() => connection.Flush();

    public void Abort(Exchange exchange, long dueBefore, Status status, long now)
    {
        connection.Abort(exchange.Call!, status, now, () => exchange.IsUnderWay && exchange.Due < dueBefore);
        connection.Flush();
    }

    public void Close() => connection.Dispose();
}

/// <summary>A call for one request. An answer without a message is an error.</summary>
internal sealed class UnaryCall(Exchange exchange) : Http2Call
{
    private int _messages;

    protected override bool KeepsMessages => exchange.Keeps;

    public override void Ended(Status status, long now)
    {
        var missing = status.StatusCode == StatusCode.OK && _messages != 1;
        var ended = missing ? new Status(StatusCode.Internal, $"the answer has {_messages} messages, expected 1.") : status;
        _messages = 0;
        exchange.IsUnderWay = false;
        exchange.Owner.Completed(exchange, ended, now);
    }

    protected override void Message(ReadOnlySpan<byte> message, int length, long now)
    {
        _messages++;
        exchange.Owner.Answered(exchange, message);
    }
}
