using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Inference.Adapters.Grpc.Infer;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>
/// Stands in for the body of a ModelInfer that the gRPC library reads: counts its bytes as they arrive, and hands what the
/// library has read to the call's resources, however far it gets with the call. Used by one thread at a time.
/// </summary>
internal sealed class InferExchange : PipeReader, IRequestBodyPipeFeature
{
    // The library reads the request before it names the call that it belongs to, and may give up between that and the method.
    private static readonly AsyncLocal<InferExchange?> Current = new();

    private readonly PipeReader _inner;

    private InferExchange(PipeReader inner, CallResources resources)
    {
        _inner = inner;
        Resources = resources;
    }

    /// <summary>What the call holds.</summary>
    public CallResources Resources { get; }

    public PipeReader Reader => this;

    /// <summary>Stands in for the request's body from here on, and is the exchange of whatever the calling method awaits.</summary>
    public static void Begin(HttpContext http, CallResources resources)
    {
        var exchange = new InferExchange(http.Request.BodyReader, resources);
        http.Features.Set<IRequestBodyPipeFeature>(exchange);
        Current.Value = exchange;
    }

    /// <summary>The exchange of this call; null where it has none.</summary>
    public static InferExchange? Of(HttpContext http) => http.Features.Get<IRequestBodyPipeFeature>() as InferExchange;

    /// <summary>Leaves a call that was just read to the exchange under way.</summary>
    public static InferCall Keep(InferCall call) => Current.Value is { } exchange ? exchange.Resources.Keep(call) : call;

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
            Resources.Hold(result.Buffer.Length);
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
