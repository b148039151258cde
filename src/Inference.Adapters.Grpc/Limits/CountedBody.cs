using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Inference.Adapters.Grpc.Limits;

/// <summary>
/// The body of one request, whose bytes are taken from the budget as they arrive: a length that is only announced costs
/// nothing. Disposing of it gives them back. Used by one thread at a time.
/// </summary>
internal sealed class CountedBody : PipeReader, IRequestBodyPipeFeature, IDisposable
{
    private readonly PipeReader _inner;
    private readonly RequestBudget _budget;
    private long _held;

    private CountedBody(PipeReader inner, RequestBudget budget)
    {
        _inner = inner;
        _budget = budget;
    }

    public PipeReader Reader => this;

    /// <summary>Puts itself in place of the request's body.</summary>
    public static CountedBody Replace(HttpContext http, RequestBudget budget)
    {
        var body = new CountedBody(http.Request.BodyReader, budget);
        http.Features.Set<IRequestBodyPipeFeature>(body);
        return body;
    }

    /// <summary>The counted body of this call; null where it has none.</summary>
    public static CountedBody? Of(HttpContext http) => http.Features.Get<IRequestBodyPipeFeature>() as CountedBody;

    /// <summary>Takes what the request needs beyond what it holds, for all that is known of it now.</summary>
    /// <exception cref="Domain.InferenceException">Overloaded.</exception>
    public void Hold(long bytes)
    {
        if (bytes <= _held)
            return;
        _budget.Take(bytes - _held, _held);
        _held = bytes;
    }

    public void Dispose()
    {
        _budget.Give(_held);
        _held = 0;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var read = _inner.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Counted(read.Result)) : AwaitAsync(read);
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!_inner.TryRead(out result))
            return false;
        result = Counted(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => _inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _inner.CompleteAsync(exception);

    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> read) => Counted(await read);

    private ReadResult Counted(ReadResult result)
    {
        try
        {
            Hold(result.Buffer.Length);
            return result;
        }
        catch
        {
            // The reader never sees these bytes, so they are dropped for it.
            _inner.AdvanceTo(result.Buffer.End);
            throw;
        }
    }
}
