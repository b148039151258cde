using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Limits;
using Inference.Core.Lifecycle;
using Inference.Services.Tracing;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>
/// What one ModelInfer holds: bytes of the budget, taken as the request's bytes arrive, so that a length which is only
/// announced costs nothing; the tensors of the request; those of the answer until it is written, for which a stopping server
/// waits. Disposed of at the end of the HTTP exchange, when the answer is written or never will be. Used by one thread at a time.
/// </summary>
internal sealed class CallResources(RequestBudget budget, ServerLifecycle lifecycle) : IDisposable
{
    private long _held;
    private InferCall? _call;
    private InferAnswer? _answer;
    private bool _isAnswering;

    /// <summary>The span of the call; null where it is not traced.</summary>
    public RequestSpan? Span { get; init; }

    /// <summary>Leaves a call that was just read to the exchange.</summary>
    public InferCall Keep(InferCall call) => _call = call;

    /// <summary>Leaves the answer to the exchange.</summary>
    public InferAnswer Keep(InferAnswer answer) => _answer = answer;

    /// <summary>The call is going to be answered, be it with an error.</summary>
    public void BeginAnswer()
    {
        _isAnswering = true;
        lifecycle.BeginAnswer();
    }

    /// <summary>Takes what the request needs beyond what it holds, for all that is known of it now.</summary>
    /// <exception cref="Domain.InferenceException">Overloaded.</exception>
    public void Hold(long bytes)
    {
        if (bytes <= _held)
            return;
        budget.Take(bytes - _held, _held);
        _held = bytes;
    }

    /// <summary>Nobody needs the request any more.</summary>
    public void EndRequest()
    {
        _call?.Dispose();
        budget.Give(_held);
        _held = 0;
    }

    public void Dispose()
    {
        _answer?.Dispose();
        if (_isAnswering)
            lifecycle.EndAnswer();
    }
}
