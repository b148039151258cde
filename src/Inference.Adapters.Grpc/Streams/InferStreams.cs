using Grpc.Core;
using Inference.Adapters.Grpc.Compression;
using Inference.Adapters.Grpc.Infer;
using Inference.Adapters.Grpc.Limits;
using Inference.Adapters.Grpc.Tracing;
using Inference.Core.Lifecycle;
using Inference.Core.Telemetry;
using Inference.Services.Infer;

namespace Inference.Adapters.Grpc.Streams;

/// <summary>Serves streams of requests: see <see cref="InferStream"/>. Thread-safe.</summary>
internal sealed class InferStreams(
    InferenceService inference, RequestBudget budget, ServerLifecycle lifecycle, IInferenceMetrics metrics, TimeProvider time, CallSpans spans, GrpcAdapterOptions options)
{
    /// <summary>Serves one stream until its client ends it and everything is answered, or until it breaks or the server stops.</summary>
    /// <exception cref="Domain.InferenceException">ShuttingDown.</exception>
    public async Task ServeAsync(IAsyncStreamReader<InferCall> requests, IServerStreamWriter<InferAnswer> answers, ServerCallContext call)
    {
        metrics.StreamOpened();
        try
        {
            await AnswerCompression.BeginAsync(call);
            using var stream = new InferStream(new StreamServices(inference, budget, lifecycle, metrics, time, spans), options.Streams, requests, answers, call);
            await stream.RunAsync();
        }
        finally
        {
            metrics.StreamClosed();
        }
    }
}

/// <summary>What every stream works with.</summary>
internal sealed record StreamServices(InferenceService Inference, RequestBudget Budget, ServerLifecycle Lifecycle, IInferenceMetrics Metrics, TimeProvider Time, CallSpans Spans);
