using Inference.Core.Lifecycle;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Calls;

/// <summary>
/// The answer to one inference request until it is written, which comes after its method has returned: keeps the tensors
/// that the message stands over, and has a stopping server wait. Disposed of by the web server at the end of the exchange.
/// </summary>
internal sealed class Answer : IDisposable
{
    private readonly ServerLifecycle _lifecycle;

    public Answer(ServerLifecycle lifecycle)
    {
        _lifecycle = lifecycle;
        lifecycle.BeginAnswer();
    }

    /// <summary>What is answered; null where that is an error, or not known yet.</summary>
    public InferenceResponse? Response { get; set; }

    public void Dispose()
    {
        Response?.Dispose();
        _lifecycle.EndAnswer();
    }
}
