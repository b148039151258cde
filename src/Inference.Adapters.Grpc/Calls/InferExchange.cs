using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Limits;
using Inference.Core.Lifecycle;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>
/// What one ModelInfer holds: bytes of the budget, taken as the request's bytes arrive, so that a length which is only
/// announced costs nothing; the tensors of the request; those of the answer until it is written, for which a stopping server
/// waits. All is given back however far the gRPC library gets with the call. Used by one thread at a time.
/// </summary>
internal sealed class InferExchange : PipeReader, IRequestBodyPipeFeature, IDisposable
{
    // The library reads the request before it names the call that it belongs to, and may give up between that and the method.
    private static readonly AsyncLocal<InferExchange?> Current = new();

    private readonly PipeReader _inner;
    private readonly RequestBudget _budget;
    private readonly ServerLifecycle _lifecycle;
    private long _held;
    private InferCall? _call;
    private InferAnswer? _answer;
    private bool _isAnswering;

    private InferExchange(PipeReader inner, RequestBudget budget, ServerLifecycle lifecycle)
    {
        _inner = inner;
        _budget = budget;
        _lifecycle = lifecycle;
    }

    public PipeReader Reader => this;

    /// <summary>
    /// Stands in for the request's body from here on, and is the exchange of whatever the calling method awaits. Disposed of by
    /// the web server at the end of the HTTP exchange, when the answer is written or never will be.
    /// </summary>
    public static InferExchange Begin(HttpContext http, RequestBudget budget, ServerLifecycle lifecycle)
    {
        var exchange = new InferExchange(http.Request.BodyReader, budget, lifecycle);
        http.Features.Set<IRequestBodyPipeFeature>(exchange);
        http.Response.RegisterForDispose(exchange);
        Current.Value = exchange;
        return exchange;
    }

    /// <summary>The exchange of this call; null where it has none.</summary>
    public static InferExchange? Of(HttpContext http) => http.Features.Get<IRequestBodyPipeFeature>() as InferExchange;

    /// <summary>Leaves a call that was just read to the exchange under way.</summary>
    public static InferCall Keep(InferCall call)
    {
        if (Current.Value is { } exchange)
            exchange._call = call;
        return call;
    }

    /// <summary>The call is going to be answered, be it with an error.</summary>
    public void BeginAnswer()
    {
        _isAnswering = true;
        _lifecycle.BeginAnswer();
    }

    /// <summary>Leaves the answer to the exchange.</summary>
    public InferAnswer Keep(InferAnswer answer) => _answer = answer;

    /// <summary>Takes what the request needs beyond what it holds, for all that is known of it now.</summary>
    /// <exception cref="Domain.InferenceException">Overloaded.</exception>
    public void Hold(long bytes)
    {
        if (bytes <= _held)
            return;
        _budget.Take(bytes - _held, _held);
        _held = bytes;
    }

    /// <summary>Nobody needs the request any more.</summary>
    public void EndRequest()
    {
        _call?.Dispose();
        _budget.Give(_held);
        _held = 0;
    }

    public void Dispose()
    {
        _answer?.Dispose();
        if (_isAnswering)
            _lifecycle.EndAnswer();
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

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
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
