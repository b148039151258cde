using System.Buffers;
using System.IO.Pipelines;
using Inference.Adapters.Grpc.Limits;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>
/// The body of one stream, whose bytes are taken from the budget as they arrive. Where the budget has none left, it is not
/// read any further until there are some, so that flow control reaches the client. Used by one thread at a time.
/// </summary>
internal sealed class StreamBody : PipeReader, IRequestBodyPipeFeature, IDisposable
{
    private readonly PipeReader _inner;
    private readonly RequestBudget _budget;
    private ReadOnlySequence<byte> _buffer;
    private long _held;

    // Of messages that were read, until their requests take it over.
    private long _read;
    private long _age;

    private StreamBody(PipeReader inner, RequestBudget budget)
    {
        _inner = inner;
        _budget = budget;
    }

    public PipeReader Reader => this;

    /// <summary>Puts itself in place of the request's body.</summary>
    public static StreamBody Replace(HttpContext http, RequestBudget budget)
    {
        var body = new StreamBody(http.Request.BodyReader, budget);
        http.Features.Set<IRequestBodyPipeFeature>(body);
        return body;
    }

    /// <summary>The counted body of this stream; null where it has none.</summary>
    public static StreamBody? Of(HttpContext http) => http.Features.Get<IRequestBodyPipeFeature>() as StreamBody;

    /// <summary>
    /// A request that was just read holds this much from here on, and gives it back to the budget itself. Never waits: the
    /// memory is there already, and a message is bounded.
    /// </summary>
    public void HandOver(long bytes)
    {
        if (bytes != _read)
            _budget.Give(_read - bytes);
        _read = 0;
        _age = 0;
    }

    public void Dispose()
    {
        _budget.Give(_held + _read);
        (_held, _read) = (0, 0);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = _inner.ReadAsync(cancellationToken);
        if (!read.IsCompletedSuccessfully)
            return AwaitAsync(read, cancellationToken);
        var result = read.Result;
        return TryHold(result) ? new ValueTask<ReadResult>(Seen(result)) : HoldAsync(result, cancellationToken);
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!_inner.TryRead(out result))
            return false;
        if (TryHold(result))
        {
            Seen(result);
            return true;
        }

        _inner.AdvanceTo(result.Buffer.Start);
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        var bytes = _buffer.Slice(_buffer.Start, consumed).Length;
        _buffer = default;
        _held -= bytes;
        _read += bytes;
        try
        {
            _inner.AdvanceTo(consumed, examined);
        }
        catch (Exception)
        {
            // The web server says here, too, that the client has gone. The library would then lose the request that it has just
            // read, with its tensors; the next read says it again.
        }
    }

    public override void CancelPendingRead() => _inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _inner.CompleteAsync(exception);

    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> read, CancellationToken cancellation)
    {
        var result = await read;
        return TryHold(result) ? Seen(result) : await HoldAsync(result, cancellation);
    }

    private async ValueTask<ReadResult> HoldAsync(ReadResult result, CancellationToken cancellation)
    {
        if (_age == 0)
            _age = _budget.NextAge();
        try
        {
            await _budget.TakeAsync(result.Buffer.Length - _held, _held, _age, cancellation);
        }
        catch
        {
            // The reader never sees these bytes, so they are left for whoever reads after it.
            _inner.AdvanceTo(result.Buffer.Start);
            throw;
        }

        _held = result.Buffer.Length;
        return Seen(result);
    }

    private bool TryHold(in ReadResult result)
    {
        var bytes = result.Buffer.Length;
        if (bytes > _held && !_budget.TryTake(bytes - _held, _held))
            return false;
        _held = Math.Max(_held, bytes);
        return true;
    }

    private ReadResult Seen(in ReadResult result)
    {
        _buffer = result.Buffer;
        return result;
    }
}
